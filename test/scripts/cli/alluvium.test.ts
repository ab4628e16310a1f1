import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { type DynamodbServer, startDynamodb } from '../../../scripts/local/dynamodb/server.ts';
import { type S3Server, startS3 } from '../../../scripts/local/s3/server.ts';
import { schemaString } from '../../support/actions.ts';
import { createKeyedTable, createLedgerTable } from '../../support/ledger-table.ts';
import { manifest, manifestRange } from '../../support/manifests.ts';

const root = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'alluvium-cli-'));
let s3: S3Server;
let dynamodb: DynamodbServer;
let items: DynamoDBClient;
let variables: Record<string, string>;

beforeAll(async () => {
  s3 = await startS3({ port: 0, root: join(folder, 's3'), log: () => undefined });
  dynamodb = await startDynamodb({ port: 0, root: join(folder, 'dynamodb') });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  items = new DynamoDBClient({ endpoint: dynamodb.endpoint, region: 'us-east-1', credentials });
  const storage = new S3Client({ endpoint: s3.endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
  await storage.send(new CreateBucketCommand({ Bucket: 'lake' }));
  storage.destroy();
  await createLedgerTable(items, 'ledger');
  await createKeyedTable(items, 'delta_log', 'tablePath', 'fileName');
  variables = {
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
});
afterAll(async () => {
  items.destroy();
  await Promise.all([s3.close(), dynamodb.close()]);
  rmSync(folder, { recursive: true });
});

async function alluvium(
  ...given: (string | { env: Record<string, string> })[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const args = given.filter((arg) => typeof arg === 'string');
  const env = given.find((arg) => typeof arg !== 'string')?.env ?? variables;
  try {
    const program = join(root, 'bin/alluvium.ts');
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args], {
      env,
      cwd: folder,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

test('what is stranded is resumed by name', async () => {
  const ledger = dynamodbLedger(items, 'ledger');
  await ledger.createTable({
    tableId: 't1',
    tableName: 'flights',
    incarnation: 'incarnation-1',
    schemaString: schemaString(['id', 'long']),
    schemaVersion: 1,
    partitionColumns: [],
  });
  await ledger.stage({ moves: [], manifests: [manifest([manifestRange(5)]), manifest([manifestRange(6)])] });
  expect(await alluvium('resume', '--env', 'local', 'flights')).toMatchObject({
    code: 0,
    stdout: '2 manifests with 20 rows wait for the next commit of table flights.\n',
  });
  expect((await ledger.manifestsOf('t1')).map(({ ranges }) => ranges[0]?.ordinal)).toEqual([1, 2]);
  const again = await alluvium('resume', '--env', 'local', 'flights');
  expect(again.stdout).toBe('Nothing of table flights is stranded.\n');
});

test('a restored ledger is brought up to the lake', async () => {
  const { code, stdout } = await alluvium('restore-ledger', '--env', 'local', '--to', '2026-11-21T10:15:00Z');
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: 'The lake has:\nLet the sources be read again from the restored cursors.\n',
  });
});

test('settings and variables that are not as they must be end with code 2, without the usage of the command', async () => {
  const { ALLUVIUM_LAKE_BUCKET, ...others } = variables;
  expect(ALLUVIUM_LAKE_BUCKET).toBe('lake');
  const unset = await alluvium('cat', '--env', 'dev', 'flights', { env: others });
  expect(unset).toMatchObject({
    code: 2,
    stderr: 'expected the environment variables ALLUVIUM_LAKE_BUCKET, found them unset\n',
  });
});

test('a bucket without a region asks for AWS_REGION', async () => {
  const { AWS_REGION, ...others } = variables;
  expect(AWS_REGION).toBe('us-east-1');
  const { code, stderr } = await alluvium('cat', 's3://nope/table', { env: { ...others, HOME: folder } });
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('expected AWS_REGION to be set') });
});

test('what is not understood is said, with what was expected', async () => {
  expect(await alluvium('sing')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('resume, restore-ledger, got sing'),
  });
  const noZone = await alluvium('restore-ledger', '--env', 'local', '--to', '2026-11-21');
  expect(noZone).toMatchObject({ code: 2, stderr: expect.stringContaining('such as --to 2026-11-21T10:15:00Z') });
  const elsewhere = await alluvium('resume', '--env', 'elsewhere', 'flights');
  expect(elsewhere).toMatchObject({ code: 2, stderr: expect.stringContaining('config/elsewhere.yaml') });
  expect(await alluvium('resume', '--env', 'local', 'unknown')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('unknown: expected a table that the ledger knows, found none; it knows flights'),
  });
});
