import { once } from 'node:events';

const chunkCharacters = 65_536;

/** Writes a text, or lines as they come, and waits whenever the reader falls behind. A reader that goes ends the process quietly. */
export async function print(output: string | AsyncIterable<string>, to: NodeJS.WritableStream): Promise<void> {
  to.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  if (typeof output === 'string') {
    to.write(`${output}\n`);
    return;
  }
  let chunk = '';
  for await (const line of output) {
    chunk += `${line}\n`;
    if (chunk.length < chunkCharacters) continue;
    if (!to.write(chunk)) await once(to, 'drain');
    chunk = '';
  }
  if (chunk !== '') to.write(chunk);
}
