import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { s3ObjectStore } from '#adapters/aws/s3-object-store.ts';
import { serializeActions } from '#delta/action-json.ts';
import { commitPath } from '#delta/log-path.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { type DynamodbServer, startDynamodb } from '../../../scripts/local/dynamodb/server.ts';
import { type S3Server, startS3 } from '../../../scripts/local/s3/server.ts';
import { addFile, schemaString, tableCreation } from '../../support/actions.ts';
import { createKeyedTable, createLedgerTable } from '../../support/ledger-table.ts';

const root = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'alluvium-cli-repair-'));
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
let s3: S3Server;
let dynamodb: DynamodbServer;
let items: DynamoDBClient;
let storage: S3Client;
let flights: ObjectStore;

beforeAll(async () => {
  s3 = await startS3({ port: 0, root: join(folder, 's3'), log: () => undefined });
  dynamodb = await startDynamodb({ port: 0, root: join(folder, 'dynamodb') });
  items = new DynamoDBClient({ endpoint: dynamodb.endpoint, region: 'us-east-1', credentials });
  storage = new S3Client({ endpoint: s3.endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
  await storage.send(new CreateBucketCommand({ Bucket: 'lake' }));
  await createLedgerTable(items, 'ledger');
  await createKeyedTable(items, 'delta_log', 'tablePath', 'fileName');
  await dynamodbLedger(items, 'ledger').createTable({
    tableId: 't1',
    tableName: 'flights',
    incarnation: 'table-1',
    schemaString: schemaString(['id', 'long']),
    schemaVersion: 1,
    partitionColumns: [],
  });
  flights = s3ObjectStore(storage, 'lake', 'tables/flights');
  const files = ['a%20b.parquet', 'b.parquet', 'c.parquet'].map((path) => addFile(path));
  await flights.put(commitPath(0), serializeActions(tableCreation(...files.map((add) => ({ add })))));
  for (const path of ['b.parquet', 'c.parquet']) await flights.put(path, new Uint8Array([1]));
});
afterAll(async () => {
  items.destroy();
  storage.destroy();
  await Promise.all([s3.close(), dynamodb.close()]);
  rmSync(folder, { recursive: true });
});

async function repair(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = [join(root, 'bin/alluvium.ts'), 'repair', '--env', 'local', ...args];
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, program, {
      env: {
        PATH: process.env.PATH ?? '',
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_ENDPOINT_URL_S3: s3.endpoint,
        AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
        ALLUVIUM_LAKE_BUCKET: 'lake',
        ALLUVIUM_LEDGER_TABLE: 'ledger',
        ALLUVIUM_DELTA_LOG_TABLE: 'delta_log',
      },
      cwd: folder,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

test('a dry run names what is missing, and says that a repair would refuse', async () => {
  const { code, stdout } = await repair('flights', '--dry-run');
  expect(code).toBe(0);
  expect(stdout).toBe(
    'a b.parquet\n1 of 3 files of table flights are missing, 1 of them for no known reason; a repair would refuse.\n',
  );
});

test('past the ratio it refuses, until somebody lets the files go', async () => {
  const refused = await repair('flights', '--json');
  expect(refused.code).toBe(3);
  expect(JSON.parse(refused.stderr)).toMatchObject({ error: { name: 'RepairRefused' } });
  const planned = await repair('flights', '--dry-run', '--max-missing-ratio', '0.5', '--json');
  expect(JSON.parse(planned.stdout)).toMatchObject({
    outcome: 'planned',
    missing: [{ path: 'a b.parquet', sizeBytes: 100, gone: 'data' }],
  });
  expect(await repair('flights', '--max-missing-ratio', '0.5')).toMatchObject({
    code: 0,
    stdout: '1 files (100 bytes) left table flights with version 1.\n',
  });
  expect(await repair('flights')).toMatchObject({ code: 0, stdout: 'Every file of table flights is there (2).\n' });
});

test.each([
  [['flights', '--max-missing-ratio', '2'], 2, 'expected --max-missing-ratio to be a number from 0 to 1, got 2'],
  [[], 2, 'expected repair --env <environment> <table>'],
  [['nosuch'], 1, 'nosuch: expected a table that the ledger knows, found none'],
])('%j ends with %i', async (args, code, said) => {
  const ended = await repair(...args);
  expect(ended.code).toBe(code);
  expect(ended.stderr).toContain(said);
});
