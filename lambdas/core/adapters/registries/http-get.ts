import type { IncomingMessage } from 'node:http';

/** What a server is told of who asks, and how it is reached. */
export interface HttpAccess {
  headers: Readonly<Record<string, string>>;
  /** Of a TLS client, in PEM: absent for Node's own. */
  tls?: { cert?: string; key?: string; passphrase?: string; ca?: string };
}

export interface HttpAnswer {
  status: number;
  text: string;
}

/** No schema is larger. */
const maxAnswerBytes = 16 * 1024 * 1024;

/** Gets a URL. Throws when no whole answer comes within `timeoutMs`. */
export async function httpGet(url: string, { headers, tls }: HttpAccess, timeoutMs: number): Promise<HttpAnswer> {
  const { request } = url.startsWith('https:') ? await import('node:https') : await import('node:http');
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers, signal, ...tls }, (answer: IncomingMessage) => {
      readText(answer).then((text) => resolve({ status: answer.statusCode ?? 0, text }), reject);
    });
    asked.on('error', reject);
    asked.end();
  });
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) {
      answer.destroy();
      throw new Error(`expected at most ${maxAnswerBytes} bytes, got more`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
