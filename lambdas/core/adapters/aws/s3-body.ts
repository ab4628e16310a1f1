import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';

/** What sockets gave is garbage once it is copied, 64 KiB apiece. */
const collectEveryBytes = 2 * 1024 * 1024;
let sinceCollection = 0;

/**
 * An answer's body, in memory of its own.
 *
 * V8 counts the memory of what sockets give late: of a gigabyte that is read 100 MiB and more would wait. Where a function has
 * `--expose-gc`, it collects its young generation meanwhile, a millisecond each time, and takes no more time in total.
 */
export async function bytesOf({ Body, ContentLength }: GetObjectCommandOutput): Promise<Uint8Array> {
  const bytes = new Uint8Array(Buffer.allocUnsafeSlow(ContentLength!).buffer);
  let length = 0;
  for await (const chunk of Body as AsyncIterable<Uint8Array>) {
    bytes.set(chunk, length);
    length += chunk.length;
    sinceCollection += chunk.length;
    if (sinceCollection < collectEveryBytes) continue;
    sinceCollection = 0;
    globalThis.gc?.({ type: 'minor' });
  }
  if (length !== bytes.length) throw new Error(`expected a body of ${bytes.length} bytes, got ${length}`);
  return bytes;
}
