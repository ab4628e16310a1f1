import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import { statisticsOf } from '#columnar/vector/statistics.ts';
import type { OptimizeTask, PlannedRun } from '#contract/optimize-machine.ts';
import { serializeActions } from '#delta/action-json.ts';
import type { AddFile } from '#delta/actions.ts';
import { commitPath } from '#delta/log-path.ts';
import type { BinOutcome } from '#pipeline/optimize/optimize-table.ts';
import { addFile, tableCreation } from '../../support/actions.ts';
import { type LakeFunction, startLakeFunction } from '../../support/lake-function.ts';
import { rowsOfParquet } from '../../support/parquet-rows.ts';

let optimize: LakeFunction<OptimizeTask, unknown>;
beforeAll(async () => {
  optimize = await startLakeFunction('optimize');
}, 30_000);
afterAll(() => optimize.close());

/** A file of one column; `rows` long texts make row groups that are worth copying. */
async function file(path: string, ids: bigint[]): Promise<AddFile> {
  const columns = new RowColumns([{ name: 'id', type: 'long', nullable: true, metadata: {} }]);
  for (const id of ids) columns.append([id]);
  const { bytes } = await encodeParquet(columns, 'none');
  await optimize.objects.put(path, bytes);
  return addFile(path, { size: bytes.length, stats: statisticsOf(columns) });
}

const ids = (start: number, length: number) =>
  Array.from({ length }, (_, index) => BigInt.asIntN(64, BigInt(start + index) * 0x9e3779b97f4a7c15n));
const request = { tableId: 't1', tableName: 'clicks' };

test('a run: planned, merged by copying and, where row groups are tiny, by DuckDB, finished', async () => {
  const tiny = await Promise.all([0, 1, 2].map((index) => file(`tiny-${index}.parquet`, [BigInt(index)])));
  await optimize.objects.put(commitPath(0), serializeActions(tableCreation(...tiny.map((add) => ({ add })))));
  expect(await optimize.handler({ step: 'plan', ...request, dryRun: true })).toMatchObject({ bins: [], version: 0 });

  const planned = (await optimize.handler({ step: 'plan', ...request, dryRun: false })) as PlannedRun;
  expect(planned.bins).toHaveLength(1);
  const { bins, ...run } = planned;
  const rewritten = (await optimize.handler({ step: 'merge', ...run, bin: bins[0]! })) as BinOutcome;
  expect(rewritten).toMatchObject({ kind: 'merged', how: 'rewritten', version: 1, files: 3 });
  expect(await optimize.handler({ step: 'finish', tableName: 'clicks', run: run.run, failed: false })).toBeUndefined();
  expect(await Array.fromAsync(optimize.objects.list('_optimize/'))).toEqual([]);

  const large = await Promise.all([0, 1].map((index) => file(`large-${index}.parquet`, ids(index * 40_000, 40_000))));
  await optimize.objects.put(commitPath(2), serializeActions(large.map((add) => ({ add }))));
  const again = (await optimize.handler({ step: 'plan', ...request, dryRun: false })) as PlannedRun;
  const { bins: more, ...next } = again;
  const copied = (await optimize.handler({ step: 'merge', ...next, bin: more[0]! })) as BinOutcome;
  expect(copied).toMatchObject({ kind: 'merged', how: 'copied', version: 3, files: 3 });

  const [output] = (await optimize.actions(3)).flatMap((action) => ('add' in action ? [action.add] : []));
  const rows = await rowsOfParquet((await optimize.objects.read(output!.path))!.bytes);
  const expected = [0n, 1n, 2n, ...ids(0, 80_000)].sort((left, right) => (left < right ? -1 : 1));
  expect(rows.map(({ id }) => BigInt(id as bigint)).sort((left, right) => (left < right ? -1 : 1))).toEqual(expected);
});

test('a bin whose files are gone is told, and the run goes on', async () => {
  const task = { step: 'merge', tableName: 'clicks', run: '_optimize/absent.jsonl', version: 3 } as const;
  await expect(optimize.handler({ ...task, bin: { start: 0, end: 10 } })).rejects.toThrow(
    'expected the plan of this run',
  );
});
