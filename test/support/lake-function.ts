import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { s3ObjectStore } from '#adapters/aws/s3-object-store.ts';
import { tablePrefix } from '#contract/environment.ts';
import { settings as settingsSchema } from '#contract/settings.ts';
import { parseActions } from '#delta/action-json.ts';
import type { Action } from '#delta/actions.ts';
import { commitPath } from '#delta/log-path.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import type { Ledger } from '#pipeline/ledger/ledger.ts';
import { schemaString } from './actions.ts';
import { deltaLogTable, importBundle, lakeBucket, ledgerTable, startServersOfFunction } from './bundled-function.ts';
import { createKeyedTable, createLedgerTable, takeLease } from './ledger-table.ts';

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
  const { home, s3, dynamodb } = await startServersOfFunction(variables);
  const items = new DynamoDBClient({});
  const storage = new S3Client({ forcePathStyle: true });
  await storage.send(new CreateBucketCommand({ Bucket: lakeBucket }));
  await createLedgerTable(items, ledgerTable);
  await createKeyedTable(items, deltaLogTable, 'tablePath', 'fileName');
  const ledger = dynamodbLedger(items, ledgerTable);
  await ledger.createTable({
    tableId: 't1',
    tableName: 'clicks',
    incarnation: 'incarnation-1',
    schemaString: schemaString(['id', 'long']),
    schemaVersion: 1,
    partitionColumns: [],
  });

  const settings = settingsSchema.parse({ sources: {}, tables: { clicks: { latency: '0s', checkpointInterval: 2 } } });
  const { handler } = await importBundle(folder, home, settings);
  const tableFolder = join(home, 's3', lakeBucket, tablePrefix('clicks'));
  return {
    handler,
    ledger,
    items,
    objects: s3ObjectStore(storage, lakeBucket, tablePrefix('clicks')),
    tableFolder,
    async actions(version) {
      return parseActions(await readFile(join(tableFolder, commitPath(version))));
    },
    takeLease: (owner) => takeLease(items, ledgerTable, { tableId: 't1', owner, expiresAtS: 1 }),
    async close() {
      items.destroy();
      storage.destroy();
      await Promise.all([s3.close(), dynamodb.close()]);
      await rm(home, { recursive: true });
    },
  };
}
