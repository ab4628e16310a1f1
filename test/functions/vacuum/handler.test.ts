import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { VacuumInvocation } from '#contract/maintenance.ts';
import { serializeActions } from '#delta/action-json.ts';
import { commitPath } from '#delta/log-path.ts';
import type { VacuumSummary } from '#pipeline/vacuum/vacuum-table.ts';
import { addFile, removeFile, tableCreation } from '../../support/actions.ts';
import { type LakeFunction, startLakeFunction } from '../../support/lake-function.ts';
import { manifest, manifestRange, stagedFile } from '../../support/manifests.ts';

let vacuum: LakeFunction<VacuumInvocation, VacuumSummary>;
const request = { tableId: 't1', tableName: 'clicks', dryRun: false, after: '' };
const dayMs = 86_400_000;

beforeAll(async () => {
  /** Before the function takes its clock. */
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  vacuum = await startLakeFunction('vacuum');
});
afterAll(async () => {
  vi.useRealTimers();
  await vacuum.close();
});

test('what was removed long ago leaves the lake, but for what waits in the ledger', async () => {
  const removedMs = Date.now();
  const remove = (path: string) => ({ remove: removeFile(path, { deletionTimestamp: removedMs, size: 5 }) });
  const { objects } = vacuum;
  for (const path of ['a b+é.parquet', 'staged.parquet', 'kept.parquet']) await objects.put(path, new Uint8Array(5));
  await objects.put(commitPath(0), serializeActions(tableCreation({ add: addFile('kept.parquet') })));
  await objects.put(commitPath(1), serializeActions([remove('a%20b+%C3%A9.parquet'), remove('staged.parquet')]));
  const waiting = manifest([manifestRange(1)], { files: [stagedFile('staged.parquet')] });
  await vacuum.ledger.stage({ moves: [], manifests: [waiting] });
  const paths = async () => (await Array.fromAsync(objects.list(''))).map(({ path }) => path);

  expect(await vacuum.handler(request)).toMatchObject({ outcome: 'vacuumed', foundFiles: 0 });
  vi.setSystemTime(removedMs + 8 * dayMs);
  expect(await vacuum.handler({ ...request, dryRun: true })).toMatchObject({ outcome: 'planned', foundFiles: 1 });
  expect(await paths()).toHaveLength(5);
  const summary = await vacuum.handler(request);
  expect(summary).toMatchObject({ outcome: 'vacuumed', foundFiles: 1, bytes: 5 });
  expect(summary).not.toHaveProperty('files');
  expect(summary).not.toHaveProperty('continueAfter');
  expect((await paths()).filter((path) => !path.startsWith('_delta_log/'))).toEqual(['kept.parquet', 'staged.parquet']);
});
