import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { provedLake } from '#adapters/aws/outside-lake.ts';
import type { OutsideLake } from '#contract/lake-settings.ts';
import { type S3Server, startS3 } from '../../scripts/local/s3/server.ts';
import { lakeWorld } from '../support/capability.ts';

/* A service with the interface of S3 here; Azure Blob Storage and Google Cloud Storage in test/real/stores.test.ts. */
const root = mkdtempSync(join(tmpdir(), 'alluvium-s3-'));
const key = { accessKeyId: 'any', secretAccessKey: 'any' };
let server: S3Server;

beforeAll(async () => {
  server = await startS3({ port: 0, root });
  const { endpoint } = server;
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: key });
  await client.send(new CreateBucketCommand({ Bucket: 'lake' }));
  client.destroy();
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:lake-AbCdEf';
const yaml = (lake: string): string => `
lake: ${lake}
sources: { clicks: { kinesis: {}, table: clicks } }
tables: { clicks: { logStore: conditional }, dead_letters: { logStore: conditional } }`;

test('D1 tables lie on a service with the interface of S3, once it has refused a second conditional put', async () => {
  const lake = `{ kind: s3Compatible, endpoint: '${server.endpoint}', bucket: lake, secretArn: '${secretArn}' }`;
  const { settings } = await lakeWorld(yaml(lake));
  const objects = await provedLake(settings.lake as OutsideLake, JSON.stringify(key));
  const world = await lakeWorld(yaml(lake), { storeOf: (table) => objects.storeOf(`tables/${table}`) });
  await world.push('clicks', [{ value: { id: 1 } }, { value: 'no JSON' }]);
  await world.commit();
  await world.push('clicks', [{ value: { id: 2, page: '/' } }]);
  await world.commit();
  expect(await world.rows('clicks')).toEqual([
    { id: 1, page: null },
    { id: 2, page: '/' },
  ]);
  expect(await world.rows('clicks', 0)).toEqual([{ id: 1 }]);
  expect((await objects.foldersIn('tables/')).sort()).toEqual(['clicks', 'dead_letters']);
});

test('D1 tables lie on S3', async () => {
  const world = await lakeWorld(yaml('{ kind: s3 }'));
  await world.push('clicks', [{ value: { id: 1 } }]);
  await world.commit();
  expect(await world.rows('clicks')).toEqual([{ id: 1 }]);
});
