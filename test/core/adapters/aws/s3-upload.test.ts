import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { s3ObjectStore } from '#adapters/aws/s3-object-store.ts';

const s3 = mockClient(S3Client);
const store = s3ObjectStore(new S3Client({ region: 'us-east-1' }), 'lake', 'tables/x', () => ({ kept: 'a&b' }));
const failure = (httpStatusCode: number) =>
  Object.assign(new Error(`status ${httpStatusCode}`), { $metadata: { httpStatusCode } });
const piece = new Uint8Array(4 * 1024 * 1024);

/** Sizes in MiB of the parts as they came: their memory is given back at the end. */
let parts: [number: number | undefined, mebibytes: number][];

beforeEach(() => {
  parts = [];
  s3.reset();
  s3.on(CreateMultipartUploadCommand).resolves({ UploadId: 'u1' });
  s3.on(UploadPartCommand).callsFake(({ PartNumber, Body }) => {
    parts.push([PartNumber, Body.length / 1024 ** 2]);
    return { ETag: `"${PartNumber}"` };
  });
});

/** An upload of three parts, the last one small. */
async function largeUpload() {
  const upload = await store.openUpload('a.parquet');
  for (let index = 0; index < 4; index++) await upload.write(piece);
  return upload;
}
const inputs = (command: Parameters<typeof s3.commandCalls>[0]) =>
  s3.commandCalls(command).map(({ args }) => args[0].input);

test('what fits into a part is one put, with the tags of the store', async () => {
  const upload = await store.openUpload('a.parquet');
  await upload.write(new Uint8Array([1, 2]));
  await upload.write(new Uint8Array([3]));
  expect(await upload.completeIfAbsent()).toBe('created');
  expect(inputs(PutObjectCommand)).toEqual([
    {
      Bucket: 'lake',
      Key: 'tables/x/a.parquet',
      Tagging: 'kept=a%26b',
      IfNoneMatch: '*',
      Body: Buffer.from([1, 2, 3]),
    },
  ]);
  expect(inputs(CreateMultipartUploadCommand)).toEqual([]);
});

test('what does not goes in parts of 5 MiB, the last one excepted', async () => {
  s3.on(HeadObjectCommand).resolves({ ContentLength: 4 * piece.length, LastModified: new Date(7), ETag: '"e-3"' });
  const upload = await largeUpload();
  expect(await upload.complete()).toEqual({
    path: 'a.parquet',
    sizeBytes: 4 * piece.length,
    lastModifiedMs: 7,
    etag: '"e-3"',
  });
  expect(inputs(CreateMultipartUploadCommand)).toMatchObject([{ Key: 'tables/x/a.parquet', Tagging: 'kept=a%26b' }]);
  expect(parts).toEqual([
    [1, 5],
    [2, 5],
    [3, 5],
    [4, 1],
  ]);
  expect(inputs(CompleteMultipartUploadCommand)).toMatchObject([
    {
      UploadId: 'u1',
      MultipartUpload: { Parts: [1, 2, 3, 4].map((part) => ({ PartNumber: part, ETag: `"${part}"` })) },
    },
  ]);
});

test('a completion whose answer was lost is known by the object that is there', async () => {
  s3.on(CompleteMultipartUploadCommand).rejects(failure(404));
  s3.on(HeadObjectCommand).resolves({ ContentLength: 4 * piece.length });
  expect(await (await largeUpload()).complete()).toMatchObject({ sizeBytes: 4 * piece.length });
  s3.on(HeadObjectCommand).resolves({ ContentLength: 1 });
  await expect((await largeUpload()).complete()).rejects.toThrow('status 404');
});

test.each([
  [412, 'exists'],
  [409, 'unknown'],
  [503, 'unknown'],
  [404, 'unknown'],
] as const)('a completion on condition that answers %i: %s', async (status, outcome) => {
  s3.on(CompleteMultipartUploadCommand).rejects(failure(status));
  const upload = await largeUpload();
  expect(await upload.completeIfAbsent()).toBe(outcome);
  expect(inputs(CompleteMultipartUploadCommand)).toMatchObject([{ IfNoneMatch: '*' }]);
});

test('a part that fails fails the upload, which is given up', async () => {
  s3.on(UploadPartCommand).rejects(failure(403));
  const upload = await store.openUpload('a.parquet');
  const all = async () => {
    for (let index = 0; index < 4; index++) await upload.write(piece);
    return upload.complete();
  };
  await expect(all()).rejects.toThrow('status 403');
  await upload.abort();
  expect(inputs(AbortMultipartUploadCommand)).toEqual([{ Bucket: 'lake', Key: 'tables/x/a.parquet', UploadId: 'u1' }]);
});

test('giving up what S3 has forgotten is no error', async () => {
  s3.on(AbortMultipartUploadCommand).rejects(failure(404));
  const upload = await largeUpload();
  await upload.abort();
});
