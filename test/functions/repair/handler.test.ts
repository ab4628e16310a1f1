import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MaintenanceRequest } from '#contract/maintenance.ts';
import { serializeActions } from '#delta/action-json.ts';
import { commitPath } from '#delta/log-path.ts';
import type { RepairSummary } from '#pipeline/repair/repair-table.ts';
import { addFile, tableCreation } from '../../support/actions.ts';
import { type LakeFunction, startLakeFunction } from '../../support/lake-function.ts';

let repair: LakeFunction<MaintenanceRequest, RepairSummary>;
const request = { tableId: 't1', tableName: 'clicks', dryRun: false };

beforeAll(async () => {
  repair = await startLakeFunction('repair');
});
afterAll(() => repair.close());

test('what the lake lacks leaves the log; absolute paths of its bucket are asked for', async () => {
  const kept = Array.from({ length: 30 }, (_, number) => addFile(`day=1/part-${number}.parquet`));
  const gone = addFile('day=1/a%20b+c.parquet', { size: 77, partitionValues: { day: '1' } });
  const absolute = addFile('s3://lake/elsewhere/gone.parquet');
  const adds = [...kept, gone, absolute].map((add) => ({ add }));
  await repair.objects.put(commitPath(0), serializeActions(tableCreation(...adds)));
  for (const { path } of kept) await repair.objects.put(path, new Uint8Array([1]));

  const planned = await repair.handler({ ...request, dryRun: true });
  expect(planned).toMatchObject({ outcome: 'tooManyMissing', liveFiles: 32, missingFiles: 2 });

  for (let number = 30; number < 60; number++) kept.push(addFile(`day=1/part-${number}.parquet`));
  await repair.objects.put(commitPath(1), serializeActions(kept.slice(30).map((add) => ({ add }))));
  for (const { path } of kept.slice(30)) await repair.objects.put(path, new Uint8Array([1]));

  expect(await repair.handler({ ...request, dryRun: true })).toMatchObject({ outcome: 'planned', versions: [] });
  const summary = await repair.handler(request);
  expect(summary).toMatchObject({ outcome: 'repaired', removedFiles: 2, removedBytes: 177, versions: [2] });
  expect(summary).not.toHaveProperty('missing');
  const actions = await repair.actions(2);
  expect(actions.flatMap((action) => ('remove' in action ? [action.remove.path] : []))).toEqual([
    gone.path,
    absolute.path,
  ]);
  expect(await repair.handler(request)).toMatchObject({ outcome: 'whole', liveFiles: 60 });
});
