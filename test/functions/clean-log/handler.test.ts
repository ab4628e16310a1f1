import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import type { MaintenanceRequest } from '#contract/maintenance.ts';
import { serializeActions } from '#delta/action-json.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import { commitPath } from '#delta/log-path.ts';
import type { CleanLogSummary } from '#pipeline/log/clean-log.ts';
import { addFile, tableCreation } from '../../support/actions.ts';
import { type LakeFunction, startLakeFunction } from '../../support/lake-function.ts';

let cleanLog: LakeFunction<MaintenanceRequest, CleanLogSummary>;
const request = { tableId: 't1', tableName: 'clicks', dryRun: false };

beforeAll(async () => {
  /** Before the function takes its clock. */
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  cleanLog = await startLakeFunction('clean-log');
});
afterAll(async () => {
  vi.useRealTimers();
  await cleanLog.close();
});

test('versions of last month leave the log, and the table is what it was', async () => {
  const { objects } = cleanLog;
  await objects.put(commitPath(0), serializeActions(tableCreation()));
  for (const version of [1, 2, 3]) {
    await objects.put(commitPath(version), serializeActions([{ add: addFile(`part-${version}`) }]));
  }
  /** S3 tells times in whole seconds: versions of one second would date each other. */
  for (const version of [0, 1, 2, 3]) {
    const written = new Date(Date.now() + version * 2_000);
    await utimes(join(cleanLog.tableFolder, commitPath(version)), written, written);
  }
  await writeCheckpoint(objects, checkpointCodec, 2, Date.now());
  const paths = async () => (await Array.fromAsync(objects.list('_delta_log/0'))).map(({ path }) => path);

  expect(await cleanLog.handler(request)).toMatchObject({ outcome: 'nothing', foundFiles: 0 });
  vi.setSystemTime(Date.now() + 32 * 86_400_000);
  const expected = { keptFrom: 2, foundFiles: 2, checkpoint: { version: 2, proof: 'sameAsLog' } };
  expect(await cleanLog.handler({ ...request, dryRun: true })).toMatchObject({ outcome: 'planned', ...expected });
  expect(await paths()).toContain(commitPath(0));
  expect(await cleanLog.handler(request)).toMatchObject({ outcome: 'cleaned', ...expected });
  expect(await paths()).toEqual(['_delta_log/00000000000000000002.checkpoint.parquet', commitPath(2), commitPath(3)]);
});
