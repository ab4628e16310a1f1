import { expect, test } from 'vitest';
import { serializeActions } from '#delta/action-json.ts';
import type { Action } from '#delta/actions.ts';
import { commitFileName, commitPath, logFolder } from '#delta/log-path.ts';
import { memoryCommitEntries } from '../support/memory-commit-entries.ts';
import { memoryObjectStore } from '../support/memory-object-store.ts';
import { type SparkParts, sparkLists, sparkWrites } from './spark-writer.ts';

/* The steps of S3DynamoDBLogStore, one by one: the simulation is worth what this outside writer is. */
const tablePath = 's3a://lake/events';
const commit = (id: string): Action[] => [{ commitInfo: { txnId: id } }];

function world() {
  let ids = 0;
  const store = memoryObjectStore(() => 0);
  const entries = memoryCommitEntries();
  const parts: SparkParts = { store, entries, tablePath, ids: () => `id${++ids}` };
  return { store, entries, parts };
}

test('a commit leaves N.json, its temp file and a complete entry with an expiry', async () => {
  const { store, entries, parts } = world();
  await sparkWrites(parts, 0, commit('a'));
  expect([...store.objects.keys()].sort()).toEqual([`${logFolder}.tmp/${commitFileName(0)}.id1`, commitPath(0)]);
  expect(await entries.newest(tablePath)).toMatchObject({ complete: true, expireTimeS: expect.any(Number) });
});

test('once its entry is put, Spark reports success, even where N.json is another’s', async () => {
  const { store, parts } = world();
  const another = serializeActions(commit('another'));
  const racing = {
    ...store,
    head: async (path: string) => {
      const seen = await store.head(path);
      if (path.includes('.tmp/')) await store.put(commitPath(0), another);
      return seen;
    },
  };
  await sparkWrites({ ...parts, store: racing }, 0, commit('a'));
  expect((await store.read(commitPath(0)))?.bytes).toEqual(another);
});

test('between its HEAD and its plain PUT, Spark overwrites what another has put', async () => {
  const { store, parts } = world();
  const racing = {
    ...store,
    read: async (path: string) => {
      await store.put(commitPath(0), serializeActions(commit('another')));
      return store.read(path);
    },
  };
  await sparkWrites({ ...parts, store: racing }, 0, commit('a'));
  expect((await store.read(commitPath(0)))?.bytes).toEqual(serializeActions(commit('a')));
});

test('a listing fixes the newest entry, a write the one before its own', async () => {
  const { store, entries, parts } = world();
  await sparkWrites(parts, 0, commit('a'));
  const begun = { tablePath, fileName: commitFileName(1), tempPath: '.tmp/begun', complete: false };
  await store.put(`${logFolder}.tmp/begun`, serializeActions(commit('begun')));
  await entries.putIfAbsent(begun);
  await sparkWrites(parts, 2, commit('c'));
  expect((await store.read(commitPath(1)))?.bytes).toEqual(serializeActions(commit('begun')));
  expect(await entries.get(tablePath, begun.fileName)).toMatchObject({ complete: true });

  const newest = { ...begun, fileName: commitFileName(3) };
  await entries.putIfAbsent(newest);
  await sparkLists(parts);
  expect(store.objects.has(commitPath(3))).toBe(true);
  expect(await entries.newest(tablePath)).toMatchObject({ fileName: newest.fileName, complete: true });
});

test.each([
  ['the version before is nowhere', 2, 'version 1 is not in the log'],
  ['complete entries of a deleted table are left', 0, 'old entries'],
])('where %s, the write of version %i fails', async (_, version, message) => {
  const { entries, parts } = world();
  const left = { tablePath, fileName: commitFileName(0), tempPath: '.tmp/left', complete: true };
  await entries.markComplete(left, 1);
  await expect(sparkWrites(parts, version, commit('a'))).rejects.toThrow(message);
});
