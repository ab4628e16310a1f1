import { rmSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { ChecksumAlgorithm } from './checksum.ts';
import { type BodyDigests, receiveBody } from './incoming-body.ts';
import { keptTags, taggingHeader } from './tags.ts';

const maxBufferedBytes = 4 * 1024 * 1024;

/** Receives a body into `file`, which is gone again when the body is refused. A small one is written at once. */
export async function receiveFile(
  request: IncomingMessage,
  file: string,
  alsoCompute?: ChecksumAlgorithm,
): Promise<BodyDigests> {
  let buffered: Buffer[] = [];
  let bufferedBytes = 0;
  let handle: FileHandle | undefined;
  try {
    const flush = async () => {
      handle ??= await open(file, 'w');
      await handle.writev(buffered);
      buffered = [];
      bufferedBytes = 0;
    };
    const digests = await receiveBody(
      request,
      (bytes) => {
        buffered.push(bytes);
        bufferedBytes += bytes.length;
        return bufferedBytes >= maxBufferedBytes ? flush() : undefined;
      },
      alsoCompute,
    );
    if (handle === undefined) writeFileSync(file, Buffer.concat(buffered));
    else await flush();
    return digests;
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  } finally {
    await handle?.close();
  }
}

const kept = ['cache-control', 'content-disposition', 'content-language', 'content-type', 'expires'];

/** Headers of an upload that every later read gives back. */
export function keptHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const result: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && (kept.includes(name) || name.startsWith('x-amz-meta-'))) result[name] = String(value);
  }
  const encodings = String(headers['content-encoding'] ?? '')
    .split(',')
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== '' && encoding !== 'aws-chunked');
  if (encodings.length > 0) result['content-encoding'] = encodings.join(',');
  return { ...result, ...keptTags(new URLSearchParams(String(headers[taggingHeader] ?? ''))) };
}
