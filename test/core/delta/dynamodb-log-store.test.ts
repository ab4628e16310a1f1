import { beforeEach, expect, test } from 'vitest';
import { parseActions, serializeActions } from '#delta/action-json.ts';
import type { Action } from '#delta/actions.ts';
import type { CommitEntryStore } from '#delta/commit-entry-store.ts';
import { type DynamodbLogStoreParts, dynamodbLogStore } from '#delta/dynamodb-log-store.ts';
import { commitFileName, commitPath } from '#delta/log-path.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { addFile, tableCreation } from '../../support/actions.ts';
import { memoryCommitEntries } from '../../support/memory-commit-entries.ts';
import { memoryObjectStore } from '../../support/memory-object-store.ts';

const tablePath = 's3a://lake/tables/x';
const nowMs = 1_700_000_000_000;
const expiryS = 1_700_086_400;

let store: ReturnType<typeof memoryObjectStore>;
let entries: ReturnType<typeof memoryCommitEntries>;
let ids = 0;

beforeEach(async () => {
  store = memoryObjectStore();
  entries = memoryCommitEntries();
  ids = 0;
  expect(await logStore().commit(0, commit('creation', ...tableCreation()), 'creation')).toEqual({ kind: 'committed' });
});

const logStore = (parts: Partial<DynamodbLogStoreParts> = {}) =>
  dynamodbLogStore({ store, entries, tablePath, ids: () => `id${++ids}`, clock: () => nowMs, ...parts });

const commit = (txnId: string, ...actions: Action[]): Action[] => [
  { commitInfo: { txnId } },
  ...actions,
  { add: addFile(`${txnId}.parquet`) },
];

async function txnIdAt(version: number): Promise<string | undefined> {
  const object = await store.read(commitPath(version));
  return object && parseActions(object.bytes).find((action) => 'commitInfo' in action)?.commitInfo.txnId;
}

const entryAt = (version: number) => entries.get(tablePath, commitFileName(version));

/** An item of another writer, who is slow or dead, with its temp file (or without). */
async function foreignEntry(version: number, txnId: string | undefined): Promise<void> {
  const tempPath = `.tmp/${commitFileName(version)}.foreign`;
  await entries.putIfAbsent({ tablePath, fileName: commitFileName(version), tempPath, complete: false });
  if (txnId !== undefined) await store.put(`_delta_log/${tempPath}`, serializeActions(commit(txnId)));
}

/** The same store, with some of its methods replaced. */
const changed = <Port extends object>(port: Port, methods: Partial<Port>): Port => ({ ...port, ...methods });

test('a commit leaves N.json, its temp file, and a complete item that expires in a day', async () => {
  expect(await logStore().commit(1, commit('mine'), 'mine')).toEqual({ kind: 'committed' });
  expect(await txnIdAt(1)).toBe('mine');
  expect(await entryAt(1)).toEqual({
    tablePath,
    fileName: '00000000000000000001.json',
    tempPath: '.tmp/00000000000000000001.json.id2',
    complete: true,
    expireTimeS: expiryS,
  });
  const temp = await store.read('_delta_log/.tmp/00000000000000000001.json.id2');
  expect(temp?.bytes).toEqual((await store.read(commitPath(1)))?.bytes);
});

test('commit.conflict: a version that another has committed is a conflict, and stays as it was', async () => {
  await logStore().commit(1, commit('first'), 'first');
  expect(await logStore().commit(1, commit('second'), 'second')).toEqual({ kind: 'conflict' });
  expect(await txnIdAt(1)).toBe('first');
});

test('commit.helps-incomplete: the bytes of a dead owner become N.json, then it is a conflict', async () => {
  await foreignEntry(1, 'dead');
  expect(await logStore().commit(1, commit('mine'), 'mine')).toEqual({ kind: 'conflict' });
  expect(await txnIdAt(1)).toBe('dead');
  expect(await entryAt(1)).toMatchObject({ complete: true, expireTimeS: expiryS });
});

test('commit.helps-incomplete: an item of the version before is completed, since its file is there', async () => {
  await foreignEntry(1, 'before');
  await store.put(commitPath(1), serializeActions(commit('before')));
  expect(await logStore().commit(2, commit('mine'), 'mine')).toEqual({ kind: 'committed' });
  expect(await entryAt(1)).toMatchObject({ complete: true });
});

test('commit.gap: nothing is written upon a version that is not in the log', async () => {
  await foreignEntry(1, 'before');
  expect(await logStore().commit(2, commit('mine'), 'mine')).toMatchObject({ kind: 'retryable' });
  expect(await entryAt(2)).toBeUndefined();
});

test('commit.temp-missing: an owner that has put N.json already is done', async () => {
  await foreignEntry(1, undefined);
  await store.put(commitPath(1), serializeActions(commit('renamed')));
  expect(await logStore().commit(1, commit('mine'), 'mine')).toEqual({ kind: 'conflict' });
  expect(await entryAt(1)).toMatchObject({ complete: true });
});

test('commit.temp-missing: an owner whose bytes are lost is replaced, and somebody hears of it', async () => {
  await foreignEntry(1, undefined);
  expect(await logStore().commit(1, commit('mine'), 'mine')).toEqual({ kind: 'committed', anomaly: 'tempMissing' });
  expect(await txnIdAt(1)).toBe('mine');
  expect(await entryAt(1)).toMatchObject({ tempPath: '.tmp/00000000000000000001.json.id2', complete: true });
});

test('commit.lost-answer: an item put without an answer is ours all the same', async () => {
  const lossy = changed<CommitEntryStore>(entries, {
    putIfAbsent: async (entry) => {
      await entries.putIfAbsent(entry);
      return 'unknown';
    },
  });
  expect(await logStore({ entries: lossy }).commit(1, commit('mine'), 'mine')).toEqual({ kind: 'committed' });
  expect(await txnIdAt(1)).toBe('mine');
});

test('commit.lost-answer: the SDK has repeated the put of our item and says that it exists', async () => {
  const repeated = changed<CommitEntryStore>(entries, {
    putIfAbsent: async (entry) => {
      await entries.putIfAbsent(entry);
      return 'exists';
    },
  });
  expect(await logStore({ entries: repeated }).commit(1, commit('mine'), 'mine')).toEqual({ kind: 'committed' });
});

test.each(['unknown', 'exists'] as const)(
  'commit.lost-answer: N.json is ours although the put said %s',
  async (said) => {
    const lossy = changed<ObjectStore>(store, {
      putIfAbsent: async (path, bytes) => {
        await store.putIfAbsent(path, bytes);
        return said;
      },
    });
    expect(await logStore({ store: lossy }).commit(1, commit('mine'), 'mine')).toEqual({ kind: 'committed' });
    expect(await entryAt(1)).toMatchObject({ complete: true });
  },
);

test('commit.no-answer: without any effect it is retryable, and the next attempt helps the item first', async () => {
  const deaf = changed<ObjectStore>(store, { putIfAbsent: async () => 'unknown' });
  expect(await logStore({ store: deaf }).commit(1, commit('mine'), 'mine')).toMatchObject({ kind: 'retryable' });
  expect(await txnIdAt(1)).toBeUndefined();
  expect(await logStore().commit(1, commit('again'), 'again')).toEqual({ kind: 'conflict' });
  expect(await txnIdAt(1)).toBe('mine');
});

test('commit.409: a put refused by a race is asked again', async () => {
  let refusals = 2;
  const busy = changed<ObjectStore>(store, {
    putIfAbsent: async (path, bytes) => (refusals-- > 0 ? 'unknown' : store.putIfAbsent(path, bytes)),
  });
  expect(await logStore({ store: busy }).commit(1, commit('mine'), 'mine')).toEqual({ kind: 'committed' });
});

test('commit.stray-writer: N.json of a writer without items wins, its item is completed, and somebody hears of it', async () => {
  await store.put(commitPath(1), serializeActions(commit('stray')));
  expect(await logStore().commit(1, commit('mine'), 'mine')).toEqual({ kind: 'conflict', anomaly: 'strayWriter' });
  expect(await txnIdAt(1)).toBe('stray');
  expect(await entryAt(1)).toMatchObject({ complete: true });
});

test('commit.zombie: who wakes up after being helped finds its commit done', async () => {
  const helped = changed<ObjectStore>(store, {
    putIfAbsent: async (path, bytes) => {
      await logStore().commit(1, commit('helper'), 'helper');
      return store.putIfAbsent(path, bytes);
    },
  });
  expect(await logStore({ store: helped }).commit(1, commit('zombie'), 'zombie')).toEqual({ kind: 'committed' });
  expect(await txnIdAt(1)).toBe('zombie');
});

test('commit.unacknowledged: a commit stands when its item cannot be marked complete', async () => {
  const failing = changed<CommitEntryStore>(entries, {
    markComplete: async () => {
      throw new Error('throttled');
    },
  });
  expect(await logStore({ entries: failing }).commit(1, commit('mine'), 'mine')).toEqual({ kind: 'committed' });
  expect(await entryAt(1)).toMatchObject({ complete: false });
  expect(await logStore().commit(2, commit('next'), 'next')).toEqual({ kind: 'committed' });
  expect(await entryAt(1)).toMatchObject({ complete: true });
});

test('commit.old-entries: a complete item whose file is not there is an error', async () => {
  await foreignEntry(1, undefined);
  await entries.markComplete((await entryAt(1))!, expiryS);
  await expect(logStore().commit(1, commit('mine'), 'mine')).rejects.toThrow('expected no entries of an earlier table');
});

test('finish: what a dead owner began is in the log afterwards, and without any such nothing happens', async () => {
  await logStore().finish();
  await foreignEntry(1, 'foreign');
  await logStore().finish();
  expect(await txnIdAt(1)).toBe('foreign');
  expect((await entryAt(1))?.complete).toBe(true);
});

test('finish: without an answer it says so', async () => {
  await foreignEntry(1, 'foreign');
  const silent = changed<ObjectStore>(store, { putIfAbsent: async () => 'unknown' });
  await expect(logStore({ store: silent }).finish()).rejects.toThrow('expected version 1 to be finished');
});

test('a version is finished when no item of it is left incomplete', async () => {
  await foreignEntry(1, 'theirs');
  expect(await logStore().isFinished(1)).toBe(false);
  await logStore().finish();
  expect(await logStore().isFinished(1)).toBe(true);
  expect(await logStore().isFinished(7)).toBe(true);
});
