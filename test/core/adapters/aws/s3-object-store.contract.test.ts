import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from 'vitest';
import { s3ObjectStore } from '#adapters/aws/s3-object-store.ts';
import { type S3Server, startS3 } from '../../../../scripts/local/s3/server.ts';
import { objectStoreContract } from '../../../support/object-store-contract.ts';

const root = mkdtempSync(join(tmpdir(), 'alluvium-s3-'));
let server: S3Server;
let client: S3Client;

beforeAll(async () => {
  server = await startS3({ port: 0, root });
  client = new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
  await client.send(new CreateBucketCommand({ Bucket: 'lake' }));
});
afterAll(async () => {
  client.destroy();
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

let tables = 0;
objectStoreContract('a bucket of the local S3', async () => s3ObjectStore(client, 'lake', `tables/t${++tables}`));
