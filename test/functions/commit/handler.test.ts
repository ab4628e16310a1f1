import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { CommitRequest, CommitResponse } from '#contract/commit-machine.ts';
import { metrics } from '#contract/metrics.ts';
import { type LakeFunction, startLakeFunction } from '../../support/lake-function.ts';
import { manifest, manifestRange } from '../../support/manifests.ts';

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

test('without the lease nothing is done', async () => {
  await commit.ledger.stage({ moves: [], manifests: [manifest([manifestRange(4)])] });
  expect(await commit.handler({ tableId: 't1', owner: 'another' })).toMatchObject({ waitS: 0, version: 2 });
  expect(await commit.ledger.manifestsOf('t1')).toHaveLength(1);
});

test('a failure is thrown for the machine, logged and counted', async () => {
  await commit.ledger.stage({ moves: [], manifests: [manifest([manifestRange(1)], { stagedMs: Date.now() * 2 })] });
  await expect(commit.handler(request)).rejects.toMatchObject({ name: 'LedgerBehindLogError' });
  expect(lines.some((line) => line.includes(`"${metrics.commitFailures}":1`))).toBe(true);
  expect(errors.find((line) => line.includes('LedgerBehindLogError'))).toContain('"table":"clicks"');
});
