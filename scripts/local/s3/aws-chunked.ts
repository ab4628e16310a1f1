import { S3Error } from './error.ts';

const malformed = (what: string) => new S3Error(400, 'IncompleteBody', `The aws-chunked body is broken: ${what}`);
const maxLineBytes = 16 * 1024;
/** Every chunk but the last has to have as much. */
const minChunkBytes = 8192;
const tooSmall = (bytes: number) =>
  new S3Error(
    403,
    'InvalidChunkSizeError',
    `Only the last chunk is allowed to have a size less than ${minChunkBytes} bytes, found one of ${bytes}`,
  );

/**
 * Takes the `aws-chunked` framing off a body (`<hex size>[;chunk-signature=…]\r\n<bytes>\r\n … 0\r\n<trailers>\r\n`).
 * Yields the payload; trailing headers, names in lower case, are put into `trailers`.
 */
export async function* decodeAwsChunked(
  body: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let chunkBytesLeft = 0;
  let smallChunkBytes: number | undefined;
  let state: 'size' | 'data' | 'dataEnd' | 'trailers' | 'end' = 'size';
  for await (const received of body) {
    rest = rest.length === 0 ? received : Buffer.concat([rest, received]);
    while (rest.length > 0 && state !== 'end') {
      if (state === 'data') {
        const payload = rest.subarray(0, chunkBytesLeft);
        rest = rest.subarray(payload.length);
        chunkBytesLeft -= payload.length;
        if (chunkBytesLeft === 0) state = 'dataEnd';
        yield payload;
        continue;
      }
      const end = rest.indexOf('\r\n');
      if (end < 0) {
        if (rest.length > maxLineBytes) throw malformed(`a line of more than ${maxLineBytes} bytes`);
        break;
      }
      const line = rest.toString('latin1', 0, end);
      rest = rest.subarray(end + 2);
      if (state === 'dataEnd') {
        if (line !== '') throw malformed('a chunk is longer than its announced size');
        state = 'size';
      } else if (state === 'size') {
        const size = line.split(';', 1)[0]!.trim();
        if (!/^[0-9a-fA-F]{1,12}$/.test(size)) throw malformed(`${JSON.stringify(size)} is no chunk size`);
        chunkBytesLeft = Number.parseInt(size, 16);
        if (smallChunkBytes !== undefined && chunkBytesLeft > 0) throw tooSmall(smallChunkBytes);
        if (chunkBytesLeft < minChunkBytes) smallChunkBytes = chunkBytesLeft;
        state = chunkBytesLeft === 0 ? 'trailers' : 'data';
      } else if (line === '') {
        state = 'end';
      } else {
        const colon = line.indexOf(':');
        if (colon < 0) throw malformed(`trailer ${JSON.stringify(line)} has no colon`);
        trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
      }
    }
  }
  if (state !== 'end' && state !== 'trailers') throw malformed('it ends before its last chunk');
}
