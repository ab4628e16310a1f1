import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import type { CheckpointRequest } from '#contract/commit-machine.ts';
import { serializeActions } from '#delta/action-json.ts';
import { readLastCheckpoint } from '#delta/last-checkpoint.ts';
import { commitPath } from '#delta/log-path.ts';
import { loadLogState } from '#delta/log-state.ts';
import { addFile, tableCreation, txnAction } from '../../support/actions.ts';
import { type LakeFunction, startLakeFunction } from '../../support/lake-function.ts';

let checkpoint: LakeFunction<CheckpointRequest, void>;

beforeAll(async () => {
  checkpoint = await startLakeFunction('checkpoint');
});
afterAll(() => checkpoint.close());

test('the latest version is checkpointed', async () => {
  await checkpoint.handler({ tableId: 't1' });
  expect(await readLastCheckpoint(checkpoint.objects)).toBeUndefined();

  const txn = txnAction('local/ledger-1/clicks/0', 9_007_199_254_740_993n);
  await checkpoint.objects.put(commitPath(0), serializeActions(tableCreation(txn, { add: addFile('a.parquet') })));
  await checkpoint.objects.put(commitPath(1), serializeActions([{ add: addFile('b.parquet') }]));
  await checkpoint.handler({ tableId: 't1' });
  expect(await readLastCheckpoint(checkpoint.objects)).toMatchObject({ version: 1, numOfAddFiles: 2 });

  for (const version of [0, 1]) await checkpoint.objects.delete(commitPath(version));
  const state = await loadLogState(checkpoint.objects, checkpointCodec);
  expect(state?.txns.get('local/ledger-1/clicks/0')?.version).toBe(9_007_199_254_740_993n);
});

test('a log that is not whole is an error', async () => {
  await checkpoint.objects.put(commitPath(3), serializeActions([{ add: addFile('c.parquet') }]));
  await expect(checkpoint.handler({ tableId: 't1' })).rejects.toMatchObject({ name: 'VersionNotReconstructible' });
});
