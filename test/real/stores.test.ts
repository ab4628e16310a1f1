import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { type Bucket, Storage } from '@google-cloud/storage';
import { afterAll, beforeAll } from 'vitest';
import { s3ObjectStore } from '#adapters/aws/s3-object-store.ts';
import { azureObjectStore } from '#adapters/azure/azure-object-store.ts';
import { gcsObjectStore } from '#adapters/gcs/gcs-object-store.ts';
import { objectStoreContract } from '../support/object-store-contract.ts';
import { startAzurite } from './support/azurite.ts';
import { startFakeGcs } from './support/fake-gcs.ts';
import { installVersitygw, startVersitygw } from './support/versitygw.ts';

const started: { stop(): Promise<void> }[] = [];
let client: S3Client;
let container: ContainerClient;
let bucket: Bucket;

beforeAll(async () => {
  await installVersitygw();
  const s3 = await startVersitygw();
  started.push(s3);
  const { endpoint, credentials } = s3;
  client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: 'lake' }));

  const azurite = await startAzurite();
  started.push(azurite);
  container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient('lake');
  await container.create();

  const gcs = await startFakeGcs();
  started.push(gcs);
  const storage = new Storage({ apiEndpoint: gcs.endpoint, projectId: 'alluvium' });
  [bucket] = await storage.createBucket('lake');
}, 600_000);
afterAll(async () => {
  client?.destroy();
  await Promise.all(started.map((server) => server.stop()));
});

let tables = 0;
const next = (): string => `tables/t${++tables}`;
objectStoreContract('a bucket of versitygw', async () => s3ObjectStore(client, 'lake', next()));
objectStoreContract('a container of Azurite', async () => azureObjectStore(container, next()));
objectStoreContract('a bucket of fake-gcs-server', async () => gcsObjectStore(bucket, next()));
