import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RestoreInvocation } from '#contract/restore.ts';
import { serializeActions } from '#delta/action-json.ts';
import { commitPath } from '#delta/log-path.ts';
import type { RestoreResult } from '#pipeline/restore/restore-table.ts';
import { addFile, removeFile, tableCreation } from '../../support/actions.ts';
import { type LakeFunction, startLakeFunction } from '../../support/lake-function.ts';

let restore: LakeFunction<RestoreInvocation, RestoreResult>;
const request = { tableName: 'clicks', to: { version: 0 }, dryRun: false };

beforeAll(async () => {
  restore = await startLakeFunction('restore');
});
afterAll(() => restore.close());

test('a table goes back to a version, unless files of it are gone', async () => {
  const { objects } = restore;
  const absolute = addFile('s3://lake/elsewhere/b.parquet');
  await objects.put(commitPath(0), serializeActions(tableCreation({ add: addFile('a') }, { add: absolute })));
  await objects.put(
    commitPath(1),
    serializeActions([{ remove: removeFile('a') }, { remove: removeFile(absolute.path) }]),
  );
  await objects.put('a', new Uint8Array(1));

  expect(await restore.handler(request)).toEqual({ kind: 'filesGone', target: 0, gone: 1, first: absolute.path });

  await objects.put(commitPath(2), serializeActions([{ add: addFile('c') }]));
  await objects.put('c', new Uint8Array(1));
  await objects.put(commitPath(3), serializeActions([{ remove: removeFile('c') }]));
  const toTwo = { ...request, to: { version: 2 } };
  expect(await restore.handler({ ...toTwo, dryRun: true })).toMatchObject({ kind: 'planned', addedFiles: 1 });
  expect(await restore.handler(toTwo)).toMatchObject({ kind: 'restored', version: 4, addedFiles: 1, removedFiles: 0 });
  expect((await restore.actions(4)).filter((action) => 'add' in action)).toHaveLength(1);
  expect(await restore.handler(toTwo)).toEqual({ kind: 'same', target: 2 });
});

test('what was not asked for properly is not done', async () => {
  await expect(restore.handler({ ...request, to: {} })).rejects.toThrow('expected to: {"version": …}');
});
