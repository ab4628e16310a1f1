import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { type Bucket, Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { provedLake } from '#adapters/aws/outside-lake.ts';
import { s3ObjectStore } from '#adapters/aws/s3-object-store.ts';
import { azureObjectStore } from '#adapters/azure/azure-object-store.ts';
import { gcsObjectStore } from '#adapters/gcs/gcs-object-store.ts';
import { gcsObjectsIn } from '#adapters/gcs/gcs-objects.ts';
import type { LakeObjects } from '#adapters/lake/lake.ts';
import { proveConditionalPuts } from '#adapters/lake/prove-conditional-puts.ts';
import { lakeWorld } from '../support/capability.ts';
import { objectStoreContract } from '../support/object-store-contract.ts';
import { type Azurite, startAzurite } from './support/azurite.ts';
import { startFakeGcs } from './support/fake-gcs.ts';
import { installVersitygw, startVersitygw } from './support/versitygw.ts';

const started: { stop(): Promise<void> }[] = [];
let client: S3Client;
let azurite: Azurite;
let container: ContainerClient;
let bucket: Bucket;

beforeAll(async () => {
  await installVersitygw();
  const s3 = await startVersitygw();
  started.push(s3);
  const { endpoint, credentials } = s3;
  client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: 'lake' }));

  azurite = await startAzurite();
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

const secretArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:lake-AbCdEf';

/** Pushes records through a source whose table lies in `objects`, and reads them back from its log. */
async function throughLake(lake: string, objects: LakeObjects): Promise<void> {
  const yaml = `
lake: ${lake}
sources: { clicks: { kinesis: {}, table: clicks } }
tables: { clicks: { logStore: conditional, checkpointInterval: 2 }, dead_letters: { logStore: conditional } }`;
  const world = await lakeWorld(yaml, { storeOf: (table) => objects.storeOf(`tables/${table}`) });
  for (let id = 1; id <= 5; id++) {
    await world.push('clicks', [{ value: { id } }, { value: 'no JSON' }]);
    await world.commit();
  }
  expect(await world.rows('clicks')).toEqual([1, 2, 3, 4, 5].map((id) => ({ id })));
  expect(await world.rows('clicks', 1)).toEqual([1, 2].map((id) => ({ id })));
  expect(await world.deadLetters()).toHaveLength(5);
  expect((await objects.foldersIn('tables/')).filter((name) => !/^t\d/.test(name)).sort()).toEqual([
    'clicks',
    'dead_letters',
  ]);
}

test('D1 tables lie on Azure Blob Storage', async () => {
  const { account, accountKey, endpoint } = azurite;
  const lake = { kind: 'azure', account, container: 'lake', endpoint, secretArn } as const;
  await throughLake(JSON.stringify(lake), await provedLake(lake, JSON.stringify({ accountKey })));
});

test('D1 tables lie on Google Cloud Storage', async () => {
  const lake = { kind: 'gcs', bucket: 'lake', endpoint: bucket.storage.apiEndpoint, secretArn } as const;
  const objects: LakeObjects = gcsObjectsIn(bucket);
  await proveConditionalPuts(objects.storeOf(''), 'gs://lake', 'probe');
  await throughLake(JSON.stringify(lake), objects);
});

test('the command line reads tables of either by their URIs', async () => {
  const { AZURE_STORAGE_ACCOUNT: _, ...environment } = process.env;
  const variables = {
    ...environment,
    AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString,
    STORAGE_EMULATOR_HOST: `${bucket.storage.apiEndpoint}/storage/v1`,
  };
  for (const uri of ['az://lake/tables/clicks', 'gs://lake/tables/clicks']) {
    const program = join(import.meta.dirname, '../../bin/alluvium.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, [program, 'cat', uri, '--json'], { env: variables });
    expect(stdout.trim().split('\n')).toEqual([1, 2, 3, 4, 5].map((id) => `{"id":${id}}`));
  }
});
