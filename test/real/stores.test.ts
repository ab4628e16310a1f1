import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from 'vitest';
import { s3ObjectStore } from '#adapters/aws/s3-object-store.ts';
import { objectStoreContract } from '../support/object-store-contract.ts';
import { installVersitygw, startVersitygw, type Versitygw } from './support/versitygw.ts';

let server: Versitygw;
let client: S3Client;

beforeAll(async () => {
  await installVersitygw();
  server = await startVersitygw();
  const { endpoint, credentials } = server;
  client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: 'lake' }));
}, 600_000);
afterAll(async () => {
  client?.destroy();
  await server?.stop();
});

let tables = 0;
objectStoreContract('a bucket of versitygw', async () => s3ObjectStore(client, 'lake', `tables/t${++tables}`));
