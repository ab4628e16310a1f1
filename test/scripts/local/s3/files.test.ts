import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type S3Server, startS3 } from '../../../../scripts/local/s3/server.ts';

const Bucket = 'lake';
let root: string;
let server: S3Server;
let client: S3Client;

async function start(): Promise<void> {
  server = await startS3({ port: 0, root });
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  client = new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
  });
}

async function restart(): Promise<void> {
  client.destroy();
  await server.close();
  await start();
}

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'alluvium-s3-'));
  await start();
  await client.send(new CreateBucketCommand({ Bucket }));
});
afterEach(async () => {
  client.destroy();
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

const put = (Key: string, Body: string) => client.send(new PutObjectCommand({ Bucket, Key, Body }));
const head = (Key: string) => client.send(new HeadObjectCommand({ Bucket, Key }));
const keys = async () =>
  (await client.send(new ListObjectsV2Command({ Bucket }))).Contents?.map(({ Key }) => Key) ?? [];
const nameOf = (call: Promise<unknown>) =>
  call.then(
    () => 'ok',
    (error: Error) => error.name,
  );

it('an object is a plain file at <root>/<bucket>/<key>, percent signs and all', async () => {
  await put('tables/t/x=A%2FA/part 1.parquet', 'bytes');
  expect(readFileSync(join(root, Bucket, 'tables/t/x=A%2FA/part 1.parquet'), 'utf8')).toBe('bytes');
});

it('nothing but buckets and one hidden folder lies in the root, and nothing temporary in a list', async () => {
  await put('a/b', '1');
  expect(readdirSync(root).sort()).toEqual(['.s3', Bucket]);
  expect(await keys()).toEqual(['a/b']);
});

it('objects, their ETags, types and metadata outlive a restart', async () => {
  const Metadata = { writer: 'me' };
  await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: '1', ContentType: 'text/x', Metadata }));
  const before = await head('a');
  await restart();
  const after = await head('a');
  expect(after).toMatchObject({
    ETag: before.ETag!,
    ContentType: 'text/x',
    Metadata,
    LastModified: before.LastModified!,
  });
});

it('an unfinished multipart upload outlives a restart', async () => {
  const at = { Bucket, Key: 'slow' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(at));
  const { ETag } = await client.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'part' }));
  await restart();
  const Parts = [{ PartNumber: 1, ETag }];
  await client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }));
  expect(readFileSync(join(root, Bucket, 'slow'), 'utf8')).toBe('part');
  expect(readdirSync(join(root, '.s3/uploads'))).toEqual([]);
});

it('a file that came by other ways is an object: listed, read, with the MD5 of its bytes as ETag', async () => {
  mkdirSync(join(root, Bucket, 'copied'));
  writeFileSync(join(root, Bucket, 'copied/file'), 'hello');
  expect(await keys()).toEqual(['copied/file']);
  expect((await head('copied/file')).ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
  writeFileSync(join(root, Bucket, 'copied/file'), 'changed');
  expect((await head('copied/file')).ETag).not.toBe('"5d41402abc4b2a76b9719d911017c592"');
});

it('a key under another key, and one above, are refused: both cannot be files', async () => {
  await put('a', '1');
  await put('b/c', '2');
  expect(await nameOf(put('a/x', '3'))).toBe('ObjectParentIsFile');
  expect(await nameOf(put('b', '4'))).toBe('ExistingObjectIsDirectory');
  expect(await nameOf(client.send(new PutObjectCommand({ Bucket, Key: 'b', Body: '4', IfNoneMatch: '*' })))).toBe(
    'ExistingObjectIsDirectory',
  );
  expect(await keys()).toEqual(['a', 'b/c']);
});

it('a key that names no file is refused: dots, empty segments, a segment too long', async () => {
  for (const key of ['a//b', '../outside', 'a/../../b', './a', `a/${'x'.repeat(256)}`, 'a\0b']) {
    expect([key, await nameOf(put(key, '1'))]).toEqual([key, 'InvalidArgument']);
  }
  expect(await nameOf(put('k'.repeat(1025), '1'))).toBe('KeyTooLongError');
  const outside = new ListObjectsV2Command({ Bucket, Prefix: '../' });
  expect((await client.send(outside)).Contents).toBeUndefined();
  expect(readdirSync(root).sort()).toEqual(['.s3', Bucket]);
});

it('an empty object whose key ends in a slash is a folder, which some clients put as a marker', async () => {
  await put('folder/', '');
  expect(await keys()).toEqual(['folder/']);
  await put('folder/a', '1');
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'folder/a' }));
  expect(await keys()).toEqual(['folder/']);
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'folder/' }));
  expect(await keys()).toEqual([]);
});

it('the last object of a folder takes the folder with it, and then the bucket can go', async () => {
  await put('x/y/z', '1');
  expect(await nameOf(client.send(new DeleteBucketCommand({ Bucket })))).toBe('BucketNotEmpty');
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'x/y/z' }));
  expect(existsSync(join(root, Bucket, 'x'))).toBe(false);
  await client.send(new DeleteBucketCommand({ Bucket }));
  expect(existsSync(join(root, Bucket))).toBe(false);
});

it('a second server over the same folder is refused', async () => {
  await expect(startS3({ port: 0, root })).rejects.toThrow(/expected no other process to serve this folder/);
});

it('a bucket may be named by the host: <bucket>.localhost', async () => {
  await put('by-host', 'hello');
  const { port } = new URL(server.endpoint);
  const { request } = await import('node:http');
  const body = await new Promise<string>((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path: '/by-host', headers: { host: `${Bucket}.localhost:${port}` } };
    request(options, (response) => {
      response.setEncoding('utf8').on('data', resolve);
    })
      .on('error', reject)
      .end();
  });
  expect(body).toBe('hello');
});
