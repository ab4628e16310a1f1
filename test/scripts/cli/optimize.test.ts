import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { s3ObjectStore } from '#adapters/aws/s3-object-store.ts';
import { exitCodeOf, failureText } from '../../../scripts/cli/failure.ts';
import { optimize } from '../../../scripts/cli/optimize.ts';
import { type DynamodbServer, startDynamodb } from '../../../scripts/local/dynamodb/server.ts';
import { type S3Server, startS3 } from '../../../scripts/local/s3/server.ts';
import { createKeyedTable, createLedgerTable } from '../../support/ledger-table.ts';
import { column, OptimizedTable } from '../../support/optimized-table.ts';

const root = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'alluvium-cli-optimize-'));
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
let s3: S3Server;
let dynamodb: DynamodbServer;
let items: DynamoDBClient;
let storage: S3Client;
let flights: OptimizedTable;

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
  flights = new OptimizedTable({
    store: s3ObjectStore(storage, 'lake', 'tables/flights'),
    fields: [column('id', 'long'), column('day', 'date')],
    partitionColumns: ['day'],
  });
  await flights.create();
  for (const [index, day] of ['2026-11-20', '2026-11-21', '2026-11-20', '2026-11-21', '2026-11-21'].entries()) {
    await flights.append([[BigInt(index)]], flights.partition({ day }));
  }
});
afterAll(async () => {
  flights.close();
  items.destroy();
  storage.destroy();
  await Promise.all([s3.close(), dynamodb.close()]);
  rmSync(folder, { recursive: true });
});

const run = async (...args: string[]): Promise<string> =>
  (await optimize.run(['--env', 'local', ...args], root)) as string;
const refused = async (...args: string[]) => {
  const error = await run(...args).catch((failure: Error) => failure);
  return { code: exitCodeOf(error), text: failureText(error, false) };
};

test('a dry run tells what would be merged, partition by partition', async () => {
  const lines = (await run('flights', '--dry-run')).split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^Table flights, day=2026-11-21: 3 files \([\d.]+ KiB\) would be merged\.$/);
  expect(lines[1]).toMatch(/^Table flights, day=2026-11-20: 2 files \([\d.]+ (KiB|B)\) would be merged\.$/);
  expect(JSON.parse(await run('flights', '--dry-run', '--json'))).toMatchObject({ version: 5, files: 5, leftAlone: 0 });
  expect(await flights.files()).toHaveLength(5);
});

test('partitions that a predicate names are merged, then the others, then nothing is left', async () => {
  expect(await run('flights', '--where', "day = '2026-11-20'")).toMatch(
    /^version 6: 2 files of .* are one of .* \((copied|rewritten)\)$/,
  );
  expect(JSON.parse(await run('flights', '--json'))).toMatchObject({
    version: 6,
    outcomes: [{ kind: 'merged', version: 7, files: 3 }],
  });
  expect((await flights.rows()).map(({ id }) => id).sort()).toEqual([0n, 1n, 2n, 3n, 4n]);
  expect(await run('flights')).toBe('Nothing is to be merged.');
});

test('what is not given as it must be is a matter of usage; what is not there has failed', async () => {
  expect(await refused('flights', 'other')).toMatchObject({
    code: 2,
    text: expect.stringContaining('expected optimize --env'),
  });
  expect(await refused('flights', '--where', 'id > 3')).toMatchObject({
    code: 2,
    text: expect.stringContaining('--where: id: expected a partition column (day)'),
  });
  expect(await refused('absent')).toMatchObject({ code: 1, text: expect.stringContaining('expected a Delta table') });
});

test('files that could not be merged are a failure that says how many', async () => {
  await flights.append([[10n]], flights.partition({ day: '2026-11-22' }));
  const { path } = await flights.append([[11n]], flights.partition({ day: '2026-11-22' }));
  await flights.store.delete(path);
  expect(await refused('flights')).toMatchObject({
    code: 1,
    text: expect.stringContaining('flights: expected to merge 1 sets of files, 1 failed'),
  });
});
