import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { s3ObjectStore } from '#adapters/aws/s3-object-store.ts';

const s3 = mockClient(S3Client);
const store = s3ObjectStore(new S3Client({ region: 'us-east-1' }), 'lake', 'tables/x');

beforeEach(() => s3.reset());

const failure = (name: string, metadata: object) => Object.assign(new Error(name), { name, $metadata: metadata });

describe('a conditional put', () => {
  test('asks S3 to refuse what exists', async () => {
    s3.on(PutObjectCommand).resolves({});
    expect(await store.putIfAbsent('_delta_log/0.json', new Uint8Array([1]))).toBe('created');
    expect(s3.commandCalls(PutObjectCommand)[0]!.args[0].input).toMatchObject({
      Bucket: 'lake',
      Key: 'tables/x/_delta_log/0.json',
      IfNoneMatch: '*',
    });
  });

  test.each([
    ['exists', 'PreconditionFailed', { httpStatusCode: 412 }],
    ['exists', 'UnknownError', { httpStatusCode: 412 }],
    ['unknown', 'ConditionalRequestConflict', { httpStatusCode: 409 }],
    ['unknown', 'InternalError', { httpStatusCode: 500 }],
    ['unknown', 'SlowDown', { httpStatusCode: 503 }],
    ['unknown', 'TimeoutError', { attempts: 3 }],
    ['unknown', 'ECONNRESET', { attempts: 3 }],
  ] as const)('is %s after %s %o', async (outcome, name, metadata) => {
    s3.on(PutObjectCommand).rejects(failure(name, metadata));
    expect(await store.putIfAbsent('x', new Uint8Array())).toBe(outcome);
  });

  test('fails when S3 forbids it', async () => {
    s3.on(PutObjectCommand).rejects(failure('AccessDenied', { httpStatusCode: 403 }));
    await expect(store.putIfAbsent('x', new Uint8Array())).rejects.toThrow('AccessDenied');
  });

  test('fails on an error that is not of a request', async () => {
    s3.on(PutObjectCommand).rejects(new TypeError('a bug'));
    await expect(store.putIfAbsent('x', new Uint8Array())).rejects.toThrow('a bug');
  });
});

test('a 404 is absence, whatever it is called', async () => {
  s3.on(GetObjectCommand).rejects(failure('NoSuchKey', { httpStatusCode: 404 }));
  s3.on(HeadObjectCommand).rejects(failure('NotFound', { httpStatusCode: 404 }));
  expect(await store.read('x')).toBeUndefined();
  expect(await store.readRange('x', 0, 4)).toBeUndefined();
  expect(await store.head('x')).toBeUndefined();
});

test('a list goes on to its last page, with paths relative to the table', async () => {
  const object = (Key: string) => ({ Key, Size: 1, LastModified: new Date(5), ETag: '"e"' });
  s3.on(ListObjectsV2Command)
    .resolvesOnce({
      IsTruncated: true,
      NextContinuationToken: 'more',
      Contents: [object('tables/x/_delta_log/1.json')],
    })
    .resolvesOnce({ IsTruncated: false, Contents: [object('tables/x/_delta_log/2.json')] });
  const found = [];
  for await (const info of store.list('_delta_log/', '_delta_log/0')) found.push(info);
  expect(found).toEqual([
    { path: '_delta_log/1.json', sizeBytes: 1, lastModifiedMs: 5, etag: '"e"' },
    { path: '_delta_log/2.json', sizeBytes: 1, lastModifiedMs: 5, etag: '"e"' },
  ]);
  const [first, second] = s3.commandCalls(ListObjectsV2Command).map(({ args }) => args[0].input);
  expect(first).toMatchObject({ Prefix: 'tables/x/_delta_log/', StartAfter: 'tables/x/_delta_log/0' });
  expect(second).toMatchObject({ ContinuationToken: 'more' });
});

test('deletes a thousand a request, and says which was refused', async () => {
  s3.on(DeleteObjectsCommand).resolves({});
  await store.deleteAll(Array.from({ length: 1001 }, (_, index) => `x${index}`));
  const counts = s3.commandCalls(DeleteObjectsCommand).map(({ args }) => args[0].input.Delete?.Objects?.length);
  expect(counts).toEqual([1000, 1]);
  s3.on(DeleteObjectsCommand).resolves({
    Errors: [{ Key: 'tables/x/b', Code: 'AccessDenied', Message: 'no' }],
  });
  await expect(store.deleteAll(['a', 'b'])).rejects.toThrow(
    's3://lake/tables/x/b: expected it to be deleted, got AccessDenied: no (1 of 2 refused)',
  );
});
