import { mkdtempSync, rmSync } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { s3ObjectStore } from '#adapters/aws/s3-object-store.ts';
import { checkpointCodec } from '#columnar/checkpoint-codec.ts';
import { serializeActions } from '#delta/action-json.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import { commitPath } from '#delta/log-path.ts';
import { loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { cleanLogVerb } from '../../../scripts/cli/clean-log.ts';
import { exitCodeOf, failureText } from '../../../scripts/cli/failure.ts';
import { vacuum } from '../../../scripts/cli/vacuum.ts';
import { type DynamodbServer, startDynamodb } from '../../../scripts/local/dynamodb/server.ts';
import { type S3Server, startS3 } from '../../../scripts/local/s3/server.ts';
import { addFile, removeFile, schemaString, tableCreation } from '../../support/actions.ts';
import { createKeyedTable, createLedgerTable } from '../../support/ledger-table.ts';

const root = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'alluvium-cli-vacuum-'));
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const dayMs = 86_400_000;
const nowMs = Date.now();
let s3: S3Server;
let dynamodb: DynamodbServer;
let items: DynamoDBClient;
let storage: S3Client;
let flights: ObjectStore;

/** Puts an object that is so old. */
async function putOld(path: string, bytes: Uint8Array, days: number): Promise<void> {
  await flights.put(path, bytes);
  const written = new Date(nowMs - days * dayMs);
  await utimes(join(folder, 's3/lake/tables/flights', path), written, written);
}

beforeAll(async () => {
  s3 = await startS3({ port: 0, root: join(folder, 's3'), log: () => undefined });
  dynamodb = await startDynamodb({ port: 0, root: join(folder, 'dynamodb') });
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
    ALLUVIUM_LAKE_BUCKET: 'lake',
    ALLUVIUM_LEDGER_TABLE: 'ledger',
    ALLUVIUM_DELTA_LOG_TABLE: 'delta_log',
  });
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
  const removed = ['a%20b', 'c'].map((path) => removeFile(path, { deletionTimestamp: nowMs - 40 * dayMs, size: 1024 }));
  const adds = ['a%20b', 'c', 'd'].map((path) => ({ add: addFile(path) }));
  await putOld(commitPath(0), serializeActions(tableCreation(...adds)), 50);
  await putOld(commitPath(1), serializeActions(removed.map((remove) => ({ remove }))), 40);
  await putOld(commitPath(2), serializeActions([{ add: addFile('e') }]), 35);
  await putOld(commitPath(3), serializeActions([{ add: addFile('f') }]), 1);
  await writeCheckpoint(flights, checkpointCodec, 2, nowMs);
  for (const path of ['a b', 'c', 'd', 'e', 'orphan']) await putOld(path, new Uint8Array(1024), 50);
  await putOld('f', new Uint8Array(1), 1);
});
afterAll(async () => {
  items.destroy();
  storage.destroy();
  await Promise.all([s3.close(), dynamodb.close()]);
  rmSync(folder, { recursive: true });
});

const verbs = { vacuum, 'clean-log': cleanLogVerb };

/** The verb as bin/alluvium.ts runs it, in this process. */
async function alluvium(
  name: keyof typeof verbs,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    return { code: 0, stdout: (await verbs[name].run(args, root)) as string, stderr: '' };
  } catch (error) {
    return { code: exitCodeOf(error), stdout: '', stderr: failureText(error, args.includes('--json')) };
  }
}
const onFlights = (verb: keyof typeof verbs, ...args: string[]) => alluvium(verb, '--env', 'local', 'flights', ...args);
const files = async () =>
  (await Array.fromAsync(flights.list(''))).map(({ path }) => path).filter((path) => !path.includes('/'));

test('vacuum: a dry run names files, their number and bytes; then they go', async () => {
  expect(await onFlights('vacuum', '--dry-run')).toEqual({
    code: 0,
    stdout: expect.stringMatching(
      /^a b\nc\n2 files \(2\.0 KiB\) of table flights would be deleted\.\nKept: what is in use, and what was put or removed after \S+Z, the retention of 7 d: 0 removed files \(0 B\)\.$/,
    ),
    stderr: '',
  });
  expect(JSON.parse((await onFlights('vacuum', '--dry-run', '--json')).stdout)).toMatchObject({
    outcome: 'planned',
    bytes: 2048,
    files: [{ path: 'a b', sizeBytes: 1024 }, { path: 'c' }],
  });
  expect(await files()).toHaveLength(6);
  expect(await onFlights('vacuum')).toMatchObject({
    stdout: expect.stringMatching(/^2 files \(2\.0 KiB\) of table flights are deleted\.\n/),
  });
  expect(await onFlights('vacuum', '--full')).toMatchObject({
    stdout: expect.stringMatching(/^1 files \(1\.0 KiB\) of table flights are deleted\.\n/),
  });
  expect(await files()).toEqual(['d', 'e', 'f']);
});

test('vacuum: what readers of earlier versions need is refused', async () => {
  const refused = await onFlights('vacuum', '--retention', '36h', '--json');
  expect(refused.code).toBe(3);
  expect(JSON.parse(refused.stderr)).toMatchObject({ error: { name: 'VacuumRefused' } });
  expect(await onFlights('vacuum', '--retention', '36h', '--force', '--dry-run')).toMatchObject({ code: 0 });
  expect((await onFlights('vacuum', '--retention', '1m', '--force', '--dry-run')).stdout).toMatch(
    /put or removed after \S+Z, the retention of 1 d, which is the least: 0 removed files \(0 B\)\.$/,
  );
  expect(await onFlights('vacuum', '--retention', '30d', '--force')).toMatchObject({ code: 3 });
});

test('clean-log: a dry run names files and what stands in for them; then they go', async () => {
  const names = [0, 1].map(commitPath);
  const planned = await onFlights('clean-log', '--dry-run');
  expect(planned.code).toBe(0);
  expect(planned.stdout).toMatch(
    new RegExp(
      `^${names.join('\n')}\nCheckpoint 2 says what the log before it says.\n2 files \\(.* B\\) of the log of table flights would be deleted; version 2 and later stay.$`,
    ),
  );
  const cleaned = JSON.parse((await onFlights('clean-log', '--json')).stdout);
  expect(cleaned).toMatchObject({ outcome: 'cleaned', keptFrom: 2, files: names.map((path) => ({ path })) });
  expect(await flights.head(commitPath(1))).toBeUndefined();
  expect((await onFlights('clean-log')).stdout).toContain('Nothing of the log of table flights is to be deleted');
  expect((await loadLogState(flights, checkpointCodec))?.version).toBe(3);
});

test('vacuum: what is removed too lately to go is counted', async () => {
  await dynamodbLedger(items, 'ledger').createTable({
    tableId: 't2',
    tableName: 'cities',
    incarnation: 'incarnation-2',
    schemaString: schemaString(['id', 'long']),
    schemaVersion: 1,
    partitionColumns: [],
  });
  const cities = s3ObjectStore(storage, 'lake', 'tables/cities');
  await cities.put(commitPath(0), serializeActions(tableCreation({ add: addFile('a') })));
  const remove = removeFile('a', { deletionTimestamp: nowMs, size: 2048 });
  await cities.put(commitPath(1), serializeActions([{ remove }]));
  expect((await alluvium('vacuum', '--env', 'local', 'cities')).stdout).toMatch(
    /^0 files \(0 B\) of table cities are deleted\.\nKept: .* the retention of 7 d: 1 removed files \(2\.0 KiB\)\.$/,
  );
});

test('clean-log: where every version is young, it says so', async () => {
  await s3ObjectStore(storage, 'lake', 'tables/trips').put(commitPath(0), serializeActions(tableCreation()));
  expect(await alluvium('clean-log', '--env', 'local', 'trips')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /^Nothing of the log of table trips is to be deleted: .* younger than \S+T00:00:00\.000Z, and all are\.$/,
    ),
  });
});

test.each([
  [['vacuum', 'flights'], 2, 'expected vacuum --env <environment> <table>'],
  [
    ['vacuum', '--env', 'local', 'flights', '--retention', '1w'],
    2,
    'expected --retention to be a time of more than 0 in minutes, hours or days, such as 90m, 36h or 7d, got 1w',
  ],
  [['vacuum', '--env', 'local', 'flights', '--retention', '0h'], 2, 'a time of more than 0'],
  [['vacuum', '--env', 'local', 'nosuch'], 1, 'nosuch: expected a table that the ledger knows, found none; it knows'],
  [['clean-log', '--env', 'local'], 2, 'expected clean-log --env <environment> <table>'],
])('%j ends with %i', async ([verb, ...args], code, said) => {
  const ended = await alluvium(verb as keyof typeof verbs, ...args);
  expect(ended.code).toBe(code);
  expect(ended.stderr).toContain(said);
});
