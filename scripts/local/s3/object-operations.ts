import { constants, copyFile, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { fingerprintOf } from './buckets.ts';
import { byteRange } from './byte-range.ts';
import { checkRead, writeCondition } from './conditions.ts';
import { copySource } from './copy-source.ts';
import { invalidArgument, S3Error } from './error.ts';
import { answer, answerXml, isoSeconds, type ObjectExchange, quoted } from './exchange.ts';
import { keptHeaders, receiveFile } from './incoming-object.ts';
import { answeredHeaders, taggingHeader } from './tags.ts';

const maxInlineBytes = 256 * 1024;

/** GetObject and HeadObject. */
export async function getObject(exchange: ObjectExchange): Promise<void> {
  const { buckets, bucket, key, request } = exchange;
  const object = await buckets.get(bucket, key);
  const common = {
    etag: quoted(object.etag),
    'last-modified': new Date(object.lastModifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
  };
  if (checkRead(request.headers, object) === 'notModified') return answer(exchange, 304, common);
  const range = byteRange(request.headers.range, object.sizeBytes);
  const [first, last] = range === undefined ? [0, object.sizeBytes - 1] : [range.first, range.last];
  const headers = {
    ...common,
    ...answeredHeaders(object.headers),
    'content-length': last - first + 1,
    ...(range && { 'content-range': `bytes ${first}-${last}/${object.sizeBytes}` }),
    ...(range === undefined &&
      String(request.headers['x-amz-checksum-mode']).toUpperCase() === 'ENABLED' &&
      object.checksums),
  };
  const status = range === undefined ? 200 : 206;
  if (request.method === 'HEAD' || object.sizeBytes === 0) return answer(exchange, status, headers);
  const file = await open(buckets.path(bucket, key), 'r');
  try {
    // An object replaced since it was looked up is read anew, so that headers and bytes belong together.
    if (fingerprintOf(await file.stat({ bigint: true })) !== object.fingerprint) return await getObject(exchange);
    if (last - first < maxInlineBytes) {
      const bytes = Buffer.allocUnsafe(last - first + 1);
      await file.read(bytes, 0, bytes.length, first);
      return answer(exchange, status, headers, bytes);
    }
    exchange.response.writeHead(status, headers);
    const stream = file.createReadStream({ start: first, end: last, highWaterMark: 1 << 20, autoClose: false });
    await pipeline(stream, exchange.response);
  } finally {
    await file.close();
  }
}

export async function putObject(exchange: ObjectExchange): Promise<void> {
  const { buckets, bucket, key, request } = exchange;
  const condition = writeCondition(request.headers);
  const before = condition.kind === 'none' ? undefined : (await buckets.find(bucket, key))?.etag;
  buckets.path(bucket, key);
  const file = buckets.temporaryFile();
  const { md5, checksum } = await receiveFile(request, file);
  const etag = md5.toString('hex');
  const checksums: Record<string, string> =
    checksum === undefined
      ? {}
      : { [`x-amz-checksum-${checksum.algorithm}`]: checksum.base64, 'x-amz-checksum-type': 'FULL_OBJECT' };
  buckets.place(file, bucket, key, { etag, headers: keptHeaders(request.headers), checksums }, condition, before);
  answer(exchange, 200, { etag: quoted(etag), ...checksums });
}

export async function deleteObject(exchange: ObjectExchange): Promise<void> {
  const { buckets, bucket, key, request } = exchange;
  await buckets.find(bucket, key);
  buckets.delete(bucket, key, writeCondition(request.headers));
  answer(exchange, 204);
}

export async function copyObject(exchange: ObjectExchange): Promise<void> {
  const { buckets, bucket, key, request } = exchange;
  const condition = writeCondition(request.headers);
  const before = (await buckets.find(bucket, key))?.etag;
  const source = copySource(request.headers);
  const object = await buckets.get(source.bucket, source.key);
  checkRead(request.headers, object, 'x-amz-copy-source-');
  const directive = String(request.headers['x-amz-metadata-directive'] ?? 'COPY');
  if (directive !== 'COPY' && directive !== 'REPLACE') {
    throw invalidArgument(`x-amz-metadata-directive ${JSON.stringify(directive)}: expected COPY or REPLACE`);
  }
  if (directive === 'COPY' && source.bucket === bucket && source.key === key) {
    throw new S3Error(400, 'InvalidRequest', 'An object cannot be copied to itself without changing its metadata');
  }
  const { etag, checksums } = object;
  const file = buckets.temporaryFile();
  await copyFile(buckets.path(source.bucket, source.key), file, constants.COPYFILE_FICLONE);
  const given = keptHeaders(request.headers);
  const tagging =
    request.headers['x-amz-tagging-directive'] === 'REPLACE' ? given[taggingHeader] : object.headers[taggingHeader];
  const { [taggingHeader]: _, ...kept } = directive === 'COPY' ? object.headers : given;
  const headers = { ...kept, ...(tagging === undefined ? {} : { [taggingHeader]: tagging }) };
  const placed = buckets.place(file, bucket, key, { etag, headers, checksums }, condition, before);
  answerXml(exchange, 'CopyObjectResult', { LastModified: isoSeconds(placed.lastModifiedMs), ETag: quoted(etag) });
}
