import { expect, it } from 'vitest';
import { decodeAwsChunked } from '../../../../scripts/local/s3/aws-chunked.ts';

const large = 'x'.repeat(9000);
const framed = Buffer.from(
  `2328;chunk-signature=${'0'.repeat(64)}\r\n${large}\r\n3\r\nend\r\n0\r\nx-amz-checksum-crc32: abc=\r\nX-Other:1\r\n\r\n`,
);

async function decoded(body: Buffer, pieceBytes: number) {
  const trailers = new Map<string, string>();
  async function* pieces() {
    for (let at = 0; at < body.length; at += pieceBytes) yield body.subarray(at, at + pieceBytes);
  }
  const parts: Buffer[] = [];
  for await (const part of decodeAwsChunked(pieces(), trailers)) parts.push(part);
  return { text: Buffer.concat(parts).toString(), trailers: Object.fromEntries(trailers) };
}

it.each([1, 2, 7, 8999, 9086, framed.length])(
  'frames are found however the bytes arrive: %i at a time',
  async (bytes) => {
    const trailers = { 'x-amz-checksum-crc32': 'abc=', 'x-other': '1' };
    expect(await decoded(framed, bytes)).toEqual({ text: `${large}end`, trailers });
  },
);

it.each([
  ['no number', 'zz\r\nabc\r\n0\r\n\r\n', /"zz" is no chunk size/],
  ['a chunk longer than it says', '2\r\nabc\r\n0\r\n\r\n', /longer than its announced size/],
  ['an end before the last chunk', '3\r\nabc\r\n', /ends before its last chunk/],
  ['a chunk cut short', '9\r\nabc', /ends before its last chunk/],
  ['a trailer without a colon', '0\r\nnonsense\r\n\r\n', /"nonsense" has no colon/],
  ['a small chunk before the last', '1\r\na\r\n1\r\nb\r\n0\r\n\r\n', /found one of 1/],
])('%s is refused', async (_, body, message) => {
  await expect(decoded(Buffer.from(body), 4)).rejects.toThrow(message);
});
