import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { decodeAwsChunked } from './aws-chunked.ts';
import { type ChecksumAlgorithm, checksumAlgorithm, checksumAlgorithms, startChecksum } from './checksum.ts';
import { invalidArgument, S3Error } from './error.ts';

export interface BodyDigests {
  sizeBytes: number;
  md5: Buffer;
  /** The checksum that the client named, verified where it sent a value. */
  checksum?: { algorithm: ChecksumAlgorithm; base64: string };
}

const maxDocumentBytes = 8 * 1024 * 1024;

function announcedAlgorithm(headers: IncomingHttpHeaders): ChecksumAlgorithm | undefined {
  const prefix = 'x-amz-checksum-';
  const announced = Object.keys(headers).filter((name) => checksumAlgorithms.some((known) => name === prefix + known));
  if (announced.length > 1) throw invalidArgument(`expected one checksum header, found ${announced.join(', ')}`);
  const trailer = String(headers['x-amz-trailer'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .find((name) => name.startsWith(prefix));
  const named =
    announced[0]?.slice(prefix.length) ?? trailer?.slice(prefix.length) ?? headers['x-amz-sdk-checksum-algorithm'];
  return named === undefined ? undefined : checksumAlgorithm(String(named));
}

const badDigest = (what: string, expected: string, actual: string) =>
  new S3Error(
    400,
    'BadDigest',
    `The ${what} you specified did not match what was received: ${expected} is not ${actual}`,
  );

/**
 * Hands a request's payload to `sink` without its framing and checks every digest that came with it: `Content-MD5`,
 * `x-amz-checksum-*` as header or trailer, `x-amz-content-sha256`, the decoded length. What does not match is refused
 * after the last byte, so `sink` must not publish anything before this returns.
 */
export async function receiveBody(
  request: IncomingMessage,
  sink: (bytes: Buffer) => void | Promise<void>,
  alsoCompute?: ChecksumAlgorithm,
): Promise<BodyDigests> {
  const { headers } = request;
  const trailers = new Map<string, string>();
  const contentSha256 = String(headers['x-amz-content-sha256'] ?? '');
  const isChunked =
    contentSha256.startsWith('STREAMING-') || String(headers['content-encoding'] ?? '').includes('aws-chunked');
  const algorithm = announcedAlgorithm(headers) ?? alsoCompute;
  const checksum = algorithm === undefined ? undefined : startChecksum(algorithm);
  const sha256 = /^[0-9a-f]{64}$/.test(contentSha256) ? createHash('sha256') : undefined;
  const md5 = createHash('md5');
  let sizeBytes = 0;
  // A refusal in the middle must leave the connection open, or the client never hears it.
  const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
  for await (const bytes of isChunked ? decodeAwsChunked(body, trailers) : body) {
    sizeBytes += bytes.length;
    md5.update(bytes);
    checksum?.update(bytes);
    sha256?.update(bytes);
    await sink(bytes);
  }
  const announcedBytes = headers['x-amz-decoded-content-length'];
  if (isChunked && announcedBytes !== undefined && Number(announcedBytes) !== sizeBytes) {
    throw new S3Error(400, 'IncompleteBody', `expected ${announcedBytes} bytes of payload, received ${sizeBytes}`);
  }
  const sha256Hex = sha256?.digest('hex');
  if (sha256Hex !== undefined && sha256Hex !== contentSha256) {
    throw new S3Error(
      400,
      'XAmzContentSHA256Mismatch',
      `The provided 'x-amz-content-sha256' header does not match what was computed: ${contentSha256} is not ${sha256Hex}`,
    );
  }
  const md5Bytes = md5.digest();
  checkMd5(headers['content-md5'] as string | undefined, md5Bytes);
  if (algorithm === undefined || checksum === undefined) return { sizeBytes, md5: md5Bytes };
  const base64 = await checksum.digest();
  const name = `x-amz-checksum-${algorithm}`;
  const expected = trailers.get(name) ?? headers[name];
  if (expected !== undefined && expected !== base64) throw badDigest(algorithm.toUpperCase(), String(expected), base64);
  if (expected === undefined && String(headers['x-amz-trailer'] ?? '').includes(name)) {
    throw new S3Error(400, 'MalformedTrailerError', `the announced trailer ${name} did not arrive`);
  }
  return { sizeBytes, md5: md5Bytes, checksum: { algorithm, base64 } };
}

function checkMd5(header: string | undefined, actual: Buffer): void {
  if (header === undefined) return;
  if (Buffer.from(header, 'base64').length !== 16) {
    throw new S3Error(400, 'InvalidDigest', `Content-MD5 ${JSON.stringify(header)} is not the base64 of 16 bytes`);
  }
  if (header !== actual.toString('base64')) throw badDigest('Content-MD5', header, actual.toString('base64'));
}

/** A whole XML request body, digests checked. */
export async function receiveDocument(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  await receiveBody(request, (bytes) => {
    sizeBytes += bytes.length;
    if (sizeBytes > maxDocumentBytes) {
      throw new S3Error(400, 'MalformedXML', `the request's XML is larger than ${maxDocumentBytes} bytes`);
    }
    parts.push(bytes);
  });
  return Buffer.concat(parts).toString('utf8');
}
