import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { s3ObjectStore } from '#adapters/aws/s3-object-store.ts';
import { bakedSettingsFile, environmentVariables, tablePrefix } from '#contract/environment.ts';
import { settings as settingsSchema } from '#contract/settings.ts';
import { parseActions } from '#delta/action-json.ts';
import type { Action } from '#delta/actions.ts';
import { commitPath } from '#delta/log-path.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import type { Ledger } from '#pipeline/ledger/ledger.ts';
import { esbuildBundler } from '../../lib/constructs/function-bundle.ts';
import { startDynamodb } from '../../scripts/local/dynamodb/server.ts';
import { startS3 } from '../../scripts/local/s3/server.ts';
import { schemaString } from './actions.ts';
import { createKeyedTable, createLedgerTable, takeLease } from './ledger-table.ts';

const root = join(import.meta.dirname, '../..');
const bucket = 'lake';

export interface LakeFunction<Event, Response> {
  handler(event: Event): Promise<Response>;
  ledger: Ledger;
  items: DynamoDBClient;
  /** Objects of table `clicks`. */
  objects: ObjectStore;
  /** Where they lie as files. */
  tableFolder: string;
  actions(version: number): Promise<Action[]>;
  /** Takes the lease of table `t1`, as the commit machine does. */
  takeLease(owner: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * The real bundle of a function that works on the lake, over S3 and DynamoDB of this machine, with table `clicks` (`t1`) known to
 * the ledger. One for each process: it reads the environment.
 */
export async function startLakeFunction<Event, Response>(
  folder: string,
  variables: Record<string, string> = {},
): Promise<LakeFunction<Event, Response>> {
  const home = await mkdtemp(join(tmpdir(), 'alluvium-function-'));
  const s3 = await startS3({ port: 0, root: join(home, 's3'), log: () => undefined });
  const dynamodb = await startDynamodb({ port: 0, root: join(home, 'dynamodb') });
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
    POWERTOOLS_DEV: 'false',
    [environmentVariables.lakeBucket]: bucket,
    [environmentVariables.ledgerTable]: 'ledger',
    [environmentVariables.deltaLogTable]: 'delta_log',
    ...variables,
  });
  const items = new DynamoDBClient({});
  const storage = new S3Client({ forcePathStyle: true });
  await storage.send(new CreateBucketCommand({ Bucket: bucket }));
  await createLedgerTable(items, 'ledger');
  await createKeyedTable(items, 'delta_log', 'tablePath', 'fileName');
  const ledger = dynamodbLedger(items, 'ledger');
  await ledger.createTable({
    tableId: 't1',
    tableName: 'clicks',
    incarnation: 'incarnation-1',
    schemaString: schemaString(['id', 'long']),
    schemaVersion: 1,
    partitionColumns: [],
  });

  const bundle = join(home, 'bundle');
  esbuildBundler(root)(folder, bundle);
  const settings = settingsSchema.parse({ sources: {}, tables: { clicks: { latency: '0s', checkpointInterval: 2 } } });
  await writeFile(join(bundle, bakedSettingsFile), JSON.stringify({ ...settings, environment: 'local' }));
  const { handler } = await import(/* @vite-ignore */ pathToFileURL(join(bundle, 'index.mjs')).href);
  const tableFolder = join(home, 's3', bucket, tablePrefix('clicks'));
  return {
    handler,
    ledger,
    items,
    objects: s3ObjectStore(storage, bucket, tablePrefix('clicks')),
    tableFolder,
    async actions(version) {
      return parseActions(await readFile(join(tableFolder, commitPath(version))));
    },
    takeLease: (owner) => takeLease(items, 'ledger', { tableId: 't1', owner, expiresAtS: 1 }),
    async close() {
      items.destroy();
      storage.destroy();
      await Promise.all([s3.close(), dynamodb.close()]);
      await rm(home, { recursive: true });
    },
  };
}
