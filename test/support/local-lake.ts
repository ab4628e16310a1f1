import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { s3ObjectStore } from '#adapters/aws/s3-object-store.ts';
import { environmentVariables, tablePrefix } from '#contract/environment.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import type { Ledger, TableRecord } from '#pipeline/ledger/ledger.ts';
import { startDynamodb } from '../../scripts/local/dynamodb/server.ts';
import { startS3 } from '../../scripts/local/s3/server.ts';
import { schemaString } from './actions.ts';
import { createKeyedTable, createLedgerTable } from './ledger-table.ts';
import type { Ran } from './run-verb.ts';

const root = join(import.meta.dirname, '../..');
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

/** S3 and DynamoDB of this machine with an empty lake and ledger, and the commands that work on them. */
export interface LocalLake {
  /** Where the data of the servers lies. */
  folder: string;
  items: DynamoDBClient;
  ledger: Ledger;
  /** What commands and functions find the lake by. */
  variables: Record<string, string>;
  tableStore(tableName: string): ObjectStore;
  /** Makes table `flights` (`t1`) known to the ledger. */
  createFlights(record?: Partial<TableRecord>): Promise<void>;
  /** Runs `alluvium` in a process of its own, with the lake's variables or others. */
  alluvium(args: readonly string[], variables?: Record<string, string>): Promise<Ran>;
  close(): Promise<void>;
}

export async function startLocalLake(): Promise<LocalLake> {
  const folder = mkdtempSync(join(tmpdir(), 'alluvium-lake-'));
  const s3 = await startS3({ port: 0, root: join(folder, 's3'), log: () => undefined });
  const dynamodb = await startDynamodb({ port: 0, root: join(folder, 'dynamodb') });
  const items = new DynamoDBClient({ endpoint: dynamodb.endpoint, region: 'us-east-1', credentials });
  const storage = new S3Client({ endpoint: s3.endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
  await storage.send(new CreateBucketCommand({ Bucket: 'lake' }));
  await createLedgerTable(items, 'ledger');
  await createKeyedTable(items, 'delta_log', 'tablePath', 'fileName');
  const ledger = dynamodbLedger(items, 'ledger');
  const variables: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
    [environmentVariables.lakeBucket]: 'lake',
    [environmentVariables.ledgerTable]: 'ledger',
    [environmentVariables.deltaLogTable]: 'delta_log',
  };
  return {
    ...{ folder, items, ledger, variables },
    tableStore: (tableName) => s3ObjectStore(storage, 'lake', tablePrefix(tableName)),
    async createFlights(record = {}) {
      await ledger.createTable({
        tableId: 't1',
        tableName: 'flights',
        incarnation: 'table-1',
        schemaString: schemaString(['id', 'long']),
        schemaVersion: 1,
        partitionColumns: [],
        ...record,
      });
    },
    async alluvium(args, env = variables) {
      const program = [join(root, 'bin/alluvium.ts'), ...args];
      try {
        const { stdout, stderr } = await promisify(execFile)(process.execPath, program, { env, cwd: folder });
        return { code: 0, stdout, stderr };
      } catch (error) {
        const { code, stdout, stderr } = error as Ran;
        return { code, stdout, stderr };
      }
    },
    async close() {
      items.destroy();
      storage.destroy();
      await Promise.all([s3.close(), dynamodb.close()]);
      rmSync(folder, { recursive: true });
    },
  };
}
