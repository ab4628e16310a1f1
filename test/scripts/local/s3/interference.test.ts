import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { conditionalRequestConflict, S3Error } from '../../../../scripts/local/s3/error.ts';
import { type Interference, type S3Server, startS3 } from '../../../../scripts/local/s3/server.ts';

const at = { Bucket: 'lake', Key: 'log/0.json' };
let root: string;
let server: S3Server;
let client: S3Client;
let puts: number;
let interference: (put: number) => Interference | undefined;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'alluvium-s3-'));
  puts = 0;
  interference = () => undefined;
  const interfere = (method: string, { key }: { key?: string }) =>
    method === 'PUT' && key === at.Key ? interference(++puts) : undefined;
  server = await startS3({ port: 0, root, interfere });
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  client = new S3Client({ endpoint: server.endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: at.Bucket }));
});
afterEach(async () => {
  client.destroy();
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

const putIfAbsent = () =>
  client.send(new PutObjectCommand({ ...at, Body: 'mine', IfNoneMatch: '*' })).then(
    () => 'ok',
    (error: { name: string; $metadata: { httpStatusCode?: number } }) => [error.name, error.$metadata.httpStatusCode],
  );
const stored = async () => (await client.send(new GetObjectCommand(at))).Body!.transformToString();

it('the SDK does not repeat a 409 or a 412, and names both from the body', async () => {
  interference = () => ({ refuse: conditionalRequestConflict(at.Key) });
  expect(await putIfAbsent()).toEqual(['ConditionalRequestConflict', 409]);
  expect(puts).toBe(1);
  interference = () => undefined;
  expect(await putIfAbsent()).toBe('ok');
  expect(await putIfAbsent()).toEqual(['PreconditionFailed', 412]);
  expect(puts).toBe(3);
});

it('the SDK has no name for a refusal without a body: a 412 to HEAD is Unknown', async () => {
  expect(await putIfAbsent()).toBe('ok');
  const head = client.send(new HeadObjectCommand({ ...at, IfMatch: '"0"' }));
  await expect(head).rejects.toMatchObject({ name: 'Unknown', $metadata: { httpStatusCode: 412 } });
});

it('the SDK makes three attempts against 503', async () => {
  interference = () => ({ refuse: new S3Error(503, 'SlowDown', 'Please reduce your request rate.') });
  expect(await putIfAbsent()).toEqual(['SlowDown', 503]);
  expect(puts).toBe(3);
});

it('a lost answer is repeated by the SDK, and its 412 is our own success', async () => {
  interference = (put) => (put === 1 ? 'loseAnswer' : undefined);
  expect(await putIfAbsent()).toEqual(['PreconditionFailed', 412]);
  expect(puts).toBe(2);
  expect(await stored()).toBe('mine');
});
