import { hash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { serializeActions } from '#delta/action-json.ts';
import type { Action } from '#delta/actions.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import { checkpointPath, commitPath, lastCheckpointPath } from '#delta/log-path.ts';
import { advanceLogState, loadLogState } from '#delta/log-state.ts';
import { loadSnapshot } from '#delta/snapshot.ts';
import {
  addFile,
  metaDataAction,
  protocolAction,
  removeFile,
  tableCreation,
  txnAction,
} from '../../support/actions.ts';
import { checkpointOf } from '../../support/checkpoints.ts';
import { memoryObjectStore } from '../../support/memory-object-store.ts';

let store: ReturnType<typeof memoryObjectStore>;
let nowMs: number;
beforeEach(() => {
  nowMs = 1_700_000_000_000;
  store = memoryObjectStore(() => nowMs++);
});

const put = (version: number, ...actions: Action[]) => store.put(commitPath(version), serializeActions(actions));
const load = (atVersion?: number) => loadLogState(store, checkpointCodec, atVersion);

async function tableOf(versions: number): Promise<void> {
  await put(0, ...tableCreation());
  for (let version = 1; version <= versions; version++) {
    await put(version, { add: addFile(`${version}.parquet`) }, txnAction('app', BigInt(version)));
  }
}

const livePaths = async (atVersion?: number) =>
  [...((await loadSnapshot(store, checkpointCodec, atVersion))?.files.keys() ?? [])].sort();

describe('a state', () => {
  test('of nothing is undefined', async () => {
    expect(await load()).toBeUndefined();
    await expect(load(3)).rejects.toMatchObject({ name: 'VersionNotReconstructible' });
  });

  test('is what the newest actions say', async () => {
    await put(0, ...tableCreation(txnAction('a', 1n), txnAction('b', 1n)));
    await put(1, metaDataAction({ name: 'renamed' }), txnAction('a', 2n ** 62n, { lastUpdated: 7 }));
    const state = (await load())!;
    expect(state).toMatchObject({ version: 1, metaData: { name: 'renamed' }, protocol: { minWriterVersion: 2 } });
    expect([...state.txns.values()]).toEqual([
      { appId: 'a', version: 2n ** 62n, lastUpdated: 7 },
      { appId: 'b', version: 1n },
    ]);
    const head = await store.head(commitPath(1));
    expect(state).toMatchObject({ etag: head!.etag, commitTimestampMs: head!.lastModifiedMs });
  });

  test('of an earlier version is told', async () => {
    await tableOf(3);
    expect((await load(2))?.txns.get('app')?.version).toBe(2n);
    await expect(load(4)).rejects.toThrow('expected a version of the table, got 4: the latest version is 3');
  });

  test('is refused when a commit is missing', async () => {
    await tableOf(3);
    await store.delete(commitPath(2));
    await expect(load()).rejects.toThrow('expected every commit from 0 to 3, version 2 is missing');
  });

  test('is refused without protocol or metaData', async () => {
    await put(0, protocolAction());
    await expect(load()).rejects.toThrow('version 0: expected a metaData action, found none');
  });

  test('is refused when the table needs an unknown reader feature', async () => {
    const feature = { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['new'], writerFeatures: ['new'] };
    await put(0, protocolAction(feature), metaDataAction());
    await expect(load()).rejects.toMatchObject({ name: 'UnsupportedFeature' });
  });
});

describe('from a checkpoint', () => {
  test('only the columns of small actions are fetched, never those of files', async () => {
    await put(0, ...tableCreation(txnAction('app', 5n)));
    const files = Array.from({ length: 5_000 }, (_, index) => ({
      add: addFile(`part-${hash('sha256', String(index))}.parquet`, { stats: `{"numRecords":${index}}` }),
    }));
    await put(1, ...files);
    const { sizeInBytes } = await writeCheckpoint(store, checkpointCodec, 1, nowMs);
    let fetchedBytes = 0;
    const counting = {
      ...store,
      readRange: async (path: string, start: number, end?: number) => {
        const bytes = await store.readRange(path, start, end);
        fetchedBytes += bytes?.length ?? 0;
        return bytes;
      },
      read: async (path: string) => {
        if (path === commitPath(1)) throw new Error('the commit lies before the checkpoint');
        return store.read(path);
      },
    };
    const state = await loadLogState(counting, checkpointCodec);
    expect(state?.txns.get('app')?.version).toBe(5n);
    expect(sizeInBytes).toBeGreaterThan(200_000);
    expect(fetchedBytes).toBeLessThan(sizeInBytes! / 2);
  });

  test('commits before it may be gone', async () => {
    await tableOf(5);
    await writeCheckpoint(store, checkpointCodec, 4, nowMs);
    for (const version of [0, 1, 2, 3]) await store.delete(commitPath(version));
    expect(await livePaths()).toEqual(['1.parquet', '2.parquet', '3.parquet', '4.parquet', '5.parquet']);
    await expect(load(3)).rejects.toMatchObject({ name: 'VersionNotReconstructible' });
  });

  test('a log of nothing but a checkpoint is a table', async () => {
    await tableOf(2);
    await writeCheckpoint(store, checkpointCodec, 2, nowMs);
    for (const version of [0, 1, 2]) await store.delete(commitPath(version));
    expect(await load()).toMatchObject({ version: 2, etag: undefined });
  });

  test.each([
    ['missing', undefined],
    ['damaged', '{"vers'],
    ['pointing at nothing', '{"version":40,"size":3}'],
    ['stale', '{"version":1,"size":3}'],
  ])('_last_checkpoint may be %s', async (_what, hint) => {
    await tableOf(5);
    await writeCheckpoint(store, checkpointCodec, 3, nowMs);
    for (const version of [0, 1, 2, 3]) await store.delete(commitPath(version));
    await store.delete(lastCheckpointPath);
    if (hint !== undefined) await store.put(lastCheckpointPath, new TextEncoder().encode(hint));
    expect((await load())?.txns.get('app')?.version).toBe(5n);
  });

  test('an empty checkpoint file is overlooked', async () => {
    await tableOf(3);
    await store.put(checkpointPath(2), new Uint8Array());
    expect(await load()).toMatchObject({ version: 3 });
  });

  test('a multi-part checkpoint counts when all its parts are there', async () => {
    await tableOf(3);
    const part = (number: number) =>
      `_delta_log/${'3'.padStart(20, '0')}.checkpoint.000000000${number}.0000000002.parquet`;
    await store.put(part(1), (await checkpointOf([protocolAction(), metaDataAction(), txnAction('app', 3n)])).bytes);
    expect(await livePaths()).toHaveLength(3);
    await store.put(part(2), (await checkpointOf([{ add: addFile('other.parquet') }])).bytes);
    expect(await livePaths()).toEqual(['other.parquet']);
  });
});

describe('advancing', () => {
  test('reads what came since, and nothing when nothing came', async () => {
    await tableOf(1);
    const state = (await load())!;
    expect(await advanceLogState(state, store)).toBe(state);
    await put(2, txnAction('app', 2n));
    await put(3, metaDataAction({ name: 'new' }));
    expect(await advanceLogState(state, store)).toEqual(await load());
    expect(state.txns.get('app')?.version).toBe(1n);
  });

  test('answers undefined when the table was made anew', async () => {
    await tableOf(2);
    const state = (await load())!;
    await tableOf(2);
    expect(await advanceLogState(state, store)).toBeUndefined();
  });

  test('lists nothing', async () => {
    await tableOf(2);
    const state = (await load())!;
    await put(3, txnAction('app', 3n));
    const unlisted = {
      ...store,
      list: () => {
        throw new Error('listed');
      },
    };
    expect((await advanceLogState(state, unlisted))?.version).toBe(3);
  });
});

test('a file is its path with its deletion vector', async () => {
  const vector = { storageType: 'i' as const, pathOrInlineDv: 'abc', sizeInBytes: 3, cardinality: 1 };
  await put(0, ...tableCreation({ add: addFile('a%20b') }, { add: addFile('c') }));
  await put(1, { remove: removeFile('a%20b') }, { add: addFile('a%20b', { deletionVector: vector }) });
  await put(2, { remove: removeFile('c') });
  const snapshot = (await loadSnapshot(store, checkpointCodec))!;
  expect([...snapshot.files.keys()]).toEqual(['a b\niabc']);
  expect([...snapshot.tombstones.keys()].sort()).toEqual(['a b', 'c']);
});
