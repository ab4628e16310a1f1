import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { byteRange } from './byte-range.ts';
import {
  checksumAlgorithm,
  checksumAlgorithms,
  checksumField,
  type RunningChecksum,
  startChecksum,
} from './checksum.ts';
import { checkRead, writeCondition } from './conditions.ts';
import { copySource } from './copy-source.ts';
import { invalidArgument, S3Error } from './error.ts';
import { answer, answerXml, type Exchange, isoSeconds, type ObjectExchange, quoted } from './exchange.ts';
import { receiveBody, receiveDocument } from './incoming-body.ts';
import { keptHeaders, receiveFile } from './incoming-object.ts';
import type { Upload, UploadPart } from './metadata.ts';
import { parseXml } from './xml.ts';

const minPartBytes = 5 * 1024 * 1024;
const maxParts = 10_000;

export async function createMultipartUpload(exchange: ObjectExchange): Promise<void> {
  const { buckets, bucket, key, request } = exchange;
  await receiveBody(request, () => undefined);
  buckets.path(bucket, key);
  const algorithm = request.headers['x-amz-checksum-algorithm'] as string | undefined;
  const type = request.headers['x-amz-checksum-type'] as string | undefined;
  const upload: Upload = {
    id: randomUUID(),
    bucket,
    key,
    startedMs: Date.now(),
    headers: keptHeaders(request.headers),
    checksumAlgorithm: algorithm === undefined ? null : checksumAlgorithm(algorithm).toUpperCase(),
    checksumType: algorithm === undefined ? null : (type ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE')),
  };
  buckets.metadata.putUpload(upload);
  answerXml(
    exchange,
    'InitiateMultipartUploadResult',
    { Bucket: bucket, Key: key, UploadId: upload.id },
    checksumHeaders(upload),
  );
}

const checksumHeaders = ({ checksumAlgorithm, checksumType }: Upload): Record<string, string> =>
  checksumAlgorithm === null || checksumType === null
    ? {}
    : { 'x-amz-checksum-algorithm': checksumAlgorithm, 'x-amz-checksum-type': checksumType };

function uploadOf({ buckets, bucket, key, query }: ObjectExchange): Upload {
  const id = query.get('uploadId') ?? '';
  const upload = buckets.metadata.getUpload(id);
  if (upload === undefined || upload.bucket !== bucket || upload.key !== key) {
    throw new S3Error(404, 'NoSuchUpload', `The specified multipart upload does not exist: ${JSON.stringify(id)}`);
  }
  return upload;
}

function partNumberOf({ query }: ObjectExchange): number {
  const text = query.get('partNumber') ?? '';
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > maxParts) {
    throw invalidArgument(`partNumber ${JSON.stringify(text)}: expected an integer from 1 to ${maxParts}`);
  }
  return number;
}

/** Keeps the finished `file` as a part, unless the upload ended while it arrived. */
function keepPart(exchange: ObjectExchange, file: string, part: UploadPart): void {
  const { id } = uploadOf(exchange);
  const path = exchange.buckets.partFile(id, part.number);
  mkdirSync(dirname(path), { recursive: true });
  renameSync(file, path);
  exchange.buckets.metadata.putPart(id, part);
}

export async function uploadPart(exchange: ObjectExchange): Promise<void> {
  const { buckets, request } = exchange;
  const upload = uploadOf(exchange);
  const number = partNumberOf(exchange);
  const file = buckets.temporaryFile();
  const alsoCompute = upload.checksumAlgorithm === null ? undefined : checksumAlgorithm(upload.checksumAlgorithm);
  const { sizeBytes, md5, checksum } = await receiveFile(request, file, alsoCompute);
  const etag = md5.toString('hex');
  try {
    keepPart(exchange, file, { number, etag, sizeBytes, storedMs: Date.now(), checksum: checksum?.base64 ?? null });
  } finally {
    rmSync(file, { force: true });
  }
  answer(exchange, 200, {
    etag: quoted(etag),
    ...(checksum && { [`x-amz-checksum-${checksum.algorithm}`]: checksum.base64 }),
  });
}

export async function uploadPartCopy(exchange: ObjectExchange): Promise<void> {
  const { buckets, request } = exchange;
  const upload = uploadOf(exchange);
  const number = partNumberOf(exchange);
  const source = copySource(request.headers);
  const object = await buckets.get(source.bucket, source.key);
  checkRead(request.headers, object, 'x-amz-copy-source-');
  const range = byteRange(request.headers['x-amz-copy-source-range'] as string | undefined, object.sizeBytes);
  const file = buckets.temporaryFile();
  const checksum =
    upload.checksumAlgorithm === null ? undefined : startChecksum(checksumAlgorithm(upload.checksumAlgorithm));
  const md5 = createHash('md5');
  const target = await open(file, 'w');
  try {
    const options = range === undefined ? {} : { start: range.first, end: range.last };
    const sizeBytes = await append(target, buckets.path(source.bucket, source.key), options, (bytes) => {
      md5.update(bytes);
      checksum?.update(bytes);
    });
    const etag = md5.digest('hex');
    const storedMs = Date.now();
    keepPart(exchange, file, { number, etag, sizeBytes, storedMs, checksum: (await checksum?.digest()) ?? null });
    answerXml(exchange, 'CopyPartResult', { LastModified: isoSeconds(storedMs), ETag: quoted(etag) });
  } finally {
    await target.close();
    rmSync(file, { force: true });
  }
}

async function append(
  target: Awaited<ReturnType<typeof open>>,
  path: string,
  options: { start?: number; end?: number },
  see: (bytes: Buffer) => void,
): Promise<number> {
  let sizeBytes = 0;
  for await (const bytes of createReadStream(path, { ...options, highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    see(bytes);
    await target.writev([bytes]);
    sizeBytes += bytes.length;
  }
  return sizeBytes;
}

interface NamedPart {
  PartNumber: string;
  ETag: string;
  [checksum: string]: string;
}

/** The parts a CompleteMultipartUpload names, held against those that were uploaded. */
function chosenParts(named: NamedPart[], stored: UploadPart[]): UploadPart[] {
  if (named.length === 0) throw new S3Error(400, 'MalformedXML', 'expected at least one <Part>');
  const byNumber = new Map(stored.map((part) => [part.number, part]));
  const parts = named.map((name) => {
    const part = byNumber.get(Number(name.PartNumber));
    const checksum = checksumAlgorithms
      .map((algorithm) => name[checksumField(algorithm)])
      .find((value) => value !== undefined);
    const agrees =
      part !== undefined &&
      part.etag === String(name.ETag).replaceAll('"', '') &&
      (checksum === undefined || part.checksum === null || checksum === part.checksum);
    if (!agrees) {
      throw new S3Error(
        400,
        'InvalidPart',
        `Part ${name.PartNumber} could not be found, or its ETag or checksum differs`,
      );
    }
    return part;
  });
  for (const [index, part] of parts.entries()) {
    if (index > 0 && part.number <= parts[index - 1]!.number) {
      throw new S3Error(400, 'InvalidPartOrder', 'The list of parts was not in ascending order');
    }
    if (index < parts.length - 1 && part.sizeBytes < minPartBytes) {
      throw new S3Error(
        400,
        'EntityTooSmall',
        `Part ${part.number} has ${part.sizeBytes} bytes, expected ${minPartBytes}`,
      );
    }
  }
  return parts;
}

export async function completeMultipartUpload(exchange: ObjectExchange): Promise<void> {
  const { buckets, bucket, key, request } = exchange;
  const upload = uploadOf(exchange);
  const condition = writeCondition(request.headers);
  const before = (await buckets.find(bucket, key))?.etag;
  const body = parseXml(await receiveDocument(request), 'CompleteMultipartUpload') as { Part?: NamedPart[] };
  const parts = chosenParts(body.Part ?? [], buckets.metadata.partsOf(upload.id));
  const whole =
    upload.checksumType === 'FULL_OBJECT' ? startChecksum(checksumAlgorithm(upload.checksumAlgorithm!)) : undefined;
  const file = buckets.temporaryFile();
  const target = await open(file, 'w');
  try {
    for (const part of parts) {
      await append(target, buckets.partFile(upload.id, part.number), {}, (bytes) => whole?.update(bytes));
    }
  } finally {
    await target.close();
  }
  const md5 = createHash('md5');
  for (const part of parts) md5.update(part.etag, 'hex');
  const etag = `${md5.digest('hex')}-${parts.length}`;
  const checksum = whole === undefined ? await compositeChecksum(upload, parts) : await whole.digest();
  const checksums: Record<string, string> =
    checksum === undefined || upload.checksumType === null
      ? {}
      : {
          [`x-amz-checksum-${upload.checksumAlgorithm!.toLowerCase()}`]: checksum,
          'x-amz-checksum-type': upload.checksumType,
        };
  for (const [name, value] of Object.entries(checksums)) {
    const expected = request.headers[name];
    if (expected !== undefined && expected !== value) {
      rmSync(file, { force: true });
      throw new S3Error(
        400,
        'BadDigest',
        `The ${name} you specified did not match the object: ${expected} is not ${value}`,
      );
    }
  }
  buckets.place(file, bucket, key, { etag, headers: upload.headers, checksums }, condition, before);
  endUpload(exchange, upload);
  answerXml(exchange, 'CompleteMultipartUploadResult', {
    Location: `/${bucket}/${key}`,
    Bucket: bucket,
    Key: key,
    ETag: quoted(etag),
    ...(upload.checksumAlgorithm !== null &&
      checksum !== undefined && {
        [checksumField(checksumAlgorithm(upload.checksumAlgorithm))]: checksum,
        ChecksumType: upload.checksumType ?? undefined,
      }),
  });
}

/** Checksum of the parts' checksums, with their number. */
async function compositeChecksum(upload: Upload, parts: UploadPart[]): Promise<string | undefined> {
  if (upload.checksumAlgorithm === null || parts.some((part) => part.checksum === null)) return undefined;
  const running: RunningChecksum = startChecksum(checksumAlgorithm(upload.checksumAlgorithm));
  for (const part of parts) running.update(Buffer.from(part.checksum!, 'base64'));
  return `${await running.digest()}-${parts.length}`;
}

function endUpload({ buckets }: Exchange, { id }: Upload): void {
  buckets.metadata.forgetUpload(id);
  rmSync(dirname(buckets.partFile(id, 1)), { recursive: true, force: true });
}

export function abortMultipartUpload(exchange: ObjectExchange): void {
  endUpload(exchange, uploadOf(exchange));
  answer(exchange, 204);
}

export function listParts(exchange: ObjectExchange): void {
  const { id, bucket, key } = uploadOf(exchange);
  answerXml(exchange, 'ListPartsResult', {
    Bucket: bucket,
    Key: key,
    UploadId: id,
    IsTruncated: false,
    Part: exchange.buckets.metadata.partsOf(id).map(({ number, etag, sizeBytes, storedMs }) => ({
      PartNumber: number,
      LastModified: isoSeconds(storedMs),
      ETag: quoted(etag),
      Size: sizeBytes,
    })),
  });
}

export function listMultipartUploads(exchange: Exchange & { bucket: string }): void {
  exchange.buckets.folder(exchange.bucket);
  answerXml(exchange, 'ListMultipartUploadsResult', {
    Bucket: exchange.bucket,
    IsTruncated: false,
    Upload: exchange.buckets.metadata
      .uploadsOf(exchange.bucket)
      .filter(({ key }) => key.startsWith(exchange.query.get('prefix') ?? ''))
      .map(({ id, key, startedMs }) => ({ Key: key, UploadId: id, Initiated: isoSeconds(startedMs) })),
  });
}
