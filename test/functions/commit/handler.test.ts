import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { parquetMetadata } from 'hyparquet';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import { statisticsOf } from '#columnar/vector/statistics.ts';
import type { CommitRequest, CommitResponse } from '#contract/commit-machine.ts';
import { metrics } from '#contract/metrics.ts';
import { type LakeFunction, startLakeFunction } from '../../support/lake-function.ts';
import { manifest, manifestRange, stagedFile } from '../../support/manifests.ts';
import { rowsOfParquet } from '../../support/parquet-rows.ts';

const lines: string[] = [];
const errors: string[] = [];
let commit: LakeFunction<CommitRequest, CommitResponse>;

beforeAll(async () => {
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => errors.push(String(line)) > 0);
  commit = await startLakeFunction('commit');
});
afterAll(() => commit.close());

const request = { tableId: 't1', owner: 'execution:t1' };

test('staged manifests become versions, entries are completed, rows are counted', async () => {
  await commit.takeLease(request.owner);
  for (let ordinal = 1; ordinal <= 3; ordinal++) {
    await commit.ledger.stage({ moves: [], manifests: [manifest([manifestRange(ordinal)])] });
    expect(await commit.handler(request)).toEqual({
      tableId: 't1',
      waitS: 0,
      checkpointDue: ordinal === 3,
      divertDue: false,
      version: ordinal - 1,
    });
  }
  expect((await commit.actions(2)).filter((action) => 'txn' in action)).toMatchObject([
    { txn: { appId: 'local/ledger-1/clicks/0', version: 3n } },
  ]);
  expect(await commit.ledger.manifestsOf('t1')).toEqual([]);
  const { Item: entry } = await commit.items.send(
    new GetItemCommand({
      TableName: 'delta_log',
      Key: { tablePath: { S: 's3a://lake/tables/clicks' }, fileName: { S: '00000000000000000002.json' } },
    }),
  );
  expect(entry?.complete).toEqual({ S: 'true' });
  const published = lines.filter((line) => line.includes(metrics.rowsOut)).map((line) => JSON.parse(line));
  expect(published).toMatchObject([1, 2, 3].map(() => ({ environment: 'local', table: 'clicks', RowsOut: 10 })));
});

test.each([
  ['copied', 4, 20_000, 4],
  ['written anew', 8, 10, 1],
] as const)('small files are %s as one, and gone then', async (_, firstOrdinal, rows, rowGroups) => {
  const paths = Array.from({ length: 4 }, (_, file) => `part-${firstOrdinal + file}.parquet`);
  for (const [file, path] of paths.entries()) {
    const columns = new RowColumns([{ name: 'id', type: 'long', nullable: true, metadata: {} }]);
    for (let row = 0; row < rows; row++) columns.append([BigInt(file * rows + row)]);
    const { bytes } = await encodeParquet(columns, 'none');
    await commit.objects.put(path, bytes);
    const staged = stagedFile(path, { sizeBytes: bytes.length, rows, stats: statisticsOf(columns) });
    const range = manifestRange(firstOrdinal + file, { rows });
    await commit.ledger.stage({ moves: [], manifests: [manifest([range], { files: [staged] })] });
  }
  const { version } = await commit.handler(request);
  const [add, ...others] = (await commit.actions(version)).flatMap((action) => ('add' in action ? [action.add] : []));
  expect(others).toEqual([]);
  expect(JSON.parse(add!.stats!)).toEqual({
    numRecords: 4 * rows,
    minValues: { id: 0 },
    maxValues: { id: 4 * rows - 1 },
    nullCount: { id: 0 },
  });
  const file = await commit.objects.read(add!.path);
  expect(parquetMetadata(file!.bytes.slice().buffer).row_groups.length).toBe(rowGroups);
  expect((await rowsOfParquet(file!.bytes)).map(({ id }) => Number(id))).toEqual([...Array(4 * rows).keys()]);
  for (const path of paths) expect(await commit.objects.head(path)).toBeUndefined();
  expect(lines.some((line) => line.includes(`"${metrics.coalescedFiles}":4`))).toBe(true);
  expect(lines.find((line) => line.includes('files coalesced') && line.includes(add!.path))).toContain('"files":4');
});

test('without the lease nothing is done', async () => {
  await commit.ledger.stage({ moves: [], manifests: [manifest([manifestRange(12)])] });
  expect(await commit.handler({ tableId: 't1', owner: 'another' })).toMatchObject({ waitS: 0, version: 4 });
  expect(await commit.ledger.manifestsOf('t1')).toHaveLength(1);
});

test('a failure is thrown for the machine, logged and counted', async () => {
  await commit.ledger.stage({ moves: [], manifests: [manifest([manifestRange(1)], { stagedMs: Date.now() * 2 })] });
  await expect(commit.handler(request)).rejects.toMatchObject({ name: 'LedgerBehindLogError' });
  expect(lines.some((line) => line.includes(`"${metrics.commitFailures}":1`))).toBe(true);
  expect(errors.find((line) => line.includes('LedgerBehindLogError'))).toContain('"table":"clicks"');
});
