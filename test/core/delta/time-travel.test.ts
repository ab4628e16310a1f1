import { beforeEach, describe, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { serializeActions } from '#delta/action-json.ts';
import type { Action } from '#delta/actions.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import { commitPath } from '#delta/log-path.ts';
import { loadLogState } from '#delta/log-state.ts';
import { commitTimeMs, versionAt } from '#delta/time-travel.ts';
import { addFile, metaDataAction, protocolAction, tableCreation } from '../../support/actions.ts';
import { memoryObjectStore } from '../../support/memory-object-store.ts';

let store: ReturnType<typeof memoryObjectStore>;
let writtenMs: number;
beforeEach(() => {
  store = memoryObjectStore(() => writtenMs);
});

const at = (timestampMs: number) => versionAt(store, checkpointCodec, timestampMs);

async function put(version: number, timeMs: number, ...actions: Action[]): Promise<void> {
  writtenMs = timeMs;
  await store.put(commitPath(version), serializeActions(actions));
}

const add = (version: number) => ({ add: addFile(`${version}.parquet`) });

test('no table has no version at any time', async () => {
  await expect(at(5)).rejects.toMatchObject({ name: 'NotATable' });
});

describe('by the times of the files', () => {
  test('a version is the latest from its time until the next', async () => {
    await put(0, 1_000, ...tableCreation());
    await put(1, 2_000, add(1));
    await put(2, 3_000, add(2));
    expect(await Promise.all([1_000, 1_999, 2_000, 2_999, 3_000].map(at))).toEqual([0, 0, 1, 1, 2]);
  });

  test('times that stand still or go back are pushed on by a millisecond', async () => {
    await put(0, 1_000, ...tableCreation());
    await put(1, 1_000, add(1));
    await put(2, 500, add(2));
    expect(await Promise.all([1_000, 1_001, 1_002].map(at))).toEqual([0, 1, 2]);
  });

  test('an instant outside of the log is refused, with what is there', async () => {
    await put(0, 1_000, ...tableCreation());
    await put(1, 2_000, add(1));
    await expect(at(999)).rejects.toMatchObject({
      name: 'VersionNotReconstructible',
      message: expect.stringContaining('first commit that is left (1970-01-01T00:00:01.000Z)'),
    });
    await expect(at(2_001)).rejects.toThrow('latest commit (1970-01-01T00:00:02.000Z), got 1970-01-01T00:00:02.001Z');
  });

  test('what was cleaned up is before the first', async () => {
    for (const version of [0, 1, 2]) {
      await put(version, 1_000 * (version + 1), ...(version === 0 ? tableCreation() : [add(version)]));
    }
    await writeCheckpoint(store, checkpointCodec, 1, 10_000);
    await store.delete(commitPath(0));
    await expect(at(1_000)).rejects.toMatchObject({ name: 'VersionNotReconstructible' });
    expect(await at(2_500)).toBe(1);
  });
});

describe('by the times that commits say', () => {
  const commitInfo = (inCommitTimestamp: number) => ({ commitInfo: { inCommitTimestamp } });
  const enabled = { 'delta.enableInCommitTimestamps': 'true' };

  test('the times of the files are of no account', async () => {
    await put(0, 9_000, commitInfo(1_000), protocolAction(), metaDataAction({ configuration: enabled }));
    await put(1, 9_000, commitInfo(2_000), add(1));
    expect(await Promise.all([1_000, 1_999, 2_000].map(at))).toEqual([0, 0, 1]);
    await expect(at(2_001)).rejects.toMatchObject({ name: 'VersionNotReconstructible' });
  });

  test('of a table that says them from some version on, older ones go by their files', async () => {
    const configuration = {
      ...enabled,
      'delta.inCommitTimestampEnablementVersion': '2',
      'delta.inCommitTimestampEnablementTimestamp': '5000',
    };
    await put(0, 1_000, ...tableCreation());
    await put(1, 2_000, add(1));
    await put(2, 9_000, commitInfo(5_000), metaDataAction({ configuration }));
    await put(3, 9_000, commitInfo(6_000), add(3));
    expect(await Promise.all([1_000, 2_000, 4_999, 5_000, 6_000].map(at))).toEqual([0, 1, 1, 2, 3]);
  });

  test('a state is as old as its commit says', async () => {
    await put(0, 9_000, commitInfo(1_000), protocolAction(), metaDataAction({ configuration: enabled }));
    expect(await commitTimeMs(store, (await loadLogState(store, checkpointCodec))!)).toBe(1_000);
    await put(0, 9_000, ...tableCreation());
    expect(await commitTimeMs(store, (await loadLogState(store, checkpointCodec))!)).toBe(9_000);
  });

  test('a commit that says none is corrupt', async () => {
    await put(0, 9_000, protocolAction(), metaDataAction({ configuration: enabled }));
    await expect(at(1_000)).rejects.toMatchObject({ name: 'CorruptLog' });
  });
});
