import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commitEntryTable } from '#adapters/aws/commit-entry-table.ts';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { s3ObjectStore } from '#adapters/aws/s3-object-store.ts';
import { serializeActions } from '#delta/action-json.ts';
import { commitFileName, commitPath } from '#delta/log-path.ts';
import type { Ledger } from '#pipeline/ledger.ts';
import { type DynamodbServer, startDynamodb } from '../../../scripts/local/dynamodb/server.ts';
import { type S3Server, startS3 } from '../../../scripts/local/s3/server.ts';
import { schemaString, tableCreation } from '../../support/actions.ts';
import { createKeyedTable, createLedgerTable } from '../../support/ledger-table.ts';

const root = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'alluvium-cli-log-store-'));
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
let s3: S3Server;
let dynamodb: DynamodbServer;
let items: DynamoDBClient;
let storage: S3Client;
let ledger: Ledger;

beforeAll(async () => {
  s3 = await startS3({ port: 0, root: join(folder, 's3'), log: () => undefined });
  dynamodb = await startDynamodb({ port: 0, root: join(folder, 'dynamodb') });
  items = new DynamoDBClient({ endpoint: dynamodb.endpoint, region: 'us-east-1', credentials });
  storage = new S3Client({ endpoint: s3.endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
  await storage.send(new CreateBucketCommand({ Bucket: 'lake' }));
  await createLedgerTable(items, 'ledger');
  await createKeyedTable(items, 'delta_log', 'tablePath', 'fileName');
  ledger = dynamodbLedger(items, 'ledger');
  await ledger.createTable({
    tableId: 't1',
    tableName: 'flights',
    incarnation: 'table-1',
    schemaString: schemaString(['id', 'long']),
    schemaVersion: 1,
    partitionColumns: [],
    logStore: { family: 'conditional', sinceVersion: -1 },
  });
  await s3ObjectStore(storage, 'lake', 'tables/flights').put(commitPath(0), serializeActions(tableCreation()));
});
afterAll(async () => {
  items.destroy();
  storage.destroy();
  await Promise.all([s3.close(), dynamodb.close()]);
  rmSync(folder, { recursive: true });
});

async function logStore(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = [join(root, 'bin/alluvium.ts'), 'log-store', '--env', 'local', ...args];
  try {
    const env = {
      PATH: process.env.PATH ?? '',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
      ALLUVIUM_LAKE_BUCKET: 'lake',
      ALLUVIUM_LEDGER_TABLE: 'ledger',
      ALLUVIUM_DELTA_LOG_TABLE: 'delta_log',
    };
    return { code: 0, ...(await promisify(execFile)(process.execPath, program, { env, cwd: folder })) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

test('a table is switched once, with a complete entry for its latest version', async () => {
  expect(await logStore('flights', 'dynamodb')).toMatchObject({
    code: 0,
    stdout: 'Table flights is written by dynamodb from version 1 on.\n',
  });
  expect((await ledger.tableById('t1'))?.logStore).toEqual({ family: 'dynamodb', sinceVersion: 1 });
  expect(await commitEntryTable(items, 'delta_log').newest('s3a://lake/tables/flights')).toMatchObject({
    fileName: commitFileName(1),
    complete: true,
  });
  expect((await logStore('flights', 'dynamodb')).stdout).toBe('Table flights is written by dynamodb already.\n');
});

test('where the settings name another family it is refused, and commits go on', async () => {
  const { code, stderr } = await logStore('flights', 'conditional');
  expect(code).toBe(3);
  expect(stderr).toContain(
    'expected tables.flights.logStore in config/local.yaml to be conditional, and deployed, before the switch: it is dynamodb',
  );
  expect((await ledger.tableById('t1'))?.logStore).toEqual({ family: 'dynamodb', sinceVersion: 1 });
});

test.each([
  [['flights', 'zookeeper'], 2, 'expected log-store --env <environment> <table> dynamodb | conditional'],
  [['flights'], 2, 'expected log-store'],
  [['trips', 'dynamodb'], 1, 'trips: expected a table that the ledger knows, found none; it knows flights'],
])('%j ends with status %i', async (args, code, message) => {
  const failed = await logStore(...args);
  expect({ code: failed.code, says: failed.stderr.includes(message) }, failed.stderr).toEqual({ code, says: true });
});
