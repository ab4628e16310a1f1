import { expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { serializeActions } from '#delta/action-json.ts';
import type { Action } from '#delta/actions.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import { openTableFiles } from '#delta/live-files.ts';
import { commitPath } from '#delta/log-path.ts';
import { loadLogState } from '#delta/log-state.ts';
import { bindPredicate, parsePredicate } from '#delta/predicate.ts';
import { parseSchema } from '#delta/schema.ts';
import { addFile, metaDataAction, protocolAction, removeFile, schemaString } from '../../support/actions.ts';
import { memoryObjectStore } from '../../support/memory-object-store.ts';

const nowMs = 1_700_000_000_000;
const columns = schemaString(['day', 'date'], ['id', 'long']);

const inDay = (day: string, name: string, id = 0) =>
  addFile(`day=${day}/${name}`, {
    partitionValues: { day },
    stats: `{"numRecords":1,"minValues":{"id":${id}},"maxValues":{"id":${id}}}`,
  });

async function tableOf(...commits: Action[][]) {
  const store = memoryObjectStore();
  const creation = [protocolAction(), metaDataAction({ schemaString: columns, partitionColumns: ['day'] })];
  for (const [version, actions] of [creation, ...commits].entries()) {
    await store.put(commitPath(version), serializeActions(actions));
  }
  return store;
}

const pathsOf = async (files: AsyncIterable<{ path: string }>) =>
  (await Array.fromAsync(files, ({ path }) => path)).sort();

test('no log is no table', async () => {
  expect(await openTableFiles(memoryObjectStore(), checkpointCodec)).toBeUndefined();
});

test('commits say what became of files, whatever the checkpoint says', async () => {
  const store = await tableOf(
    [{ add: inDay('2024-01-01', 'a') }, { add: inDay('2024-01-02', 'b') }, { remove: removeFile('gone') }],
    [{ remove: removeFile('day=2024-01-01/a') }, { add: inDay('2024-01-02', 'c') }],
    [{ add: addFile('gone', { partitionValues: { day: null } }) }],
  );
  await writeCheckpoint(store, checkpointCodec, 1, nowMs);
  const table = await openTableFiles(store, checkpointCodec);
  expect(await pathsOf(table!.files())).toEqual(['day=2024-01-02/b', 'day=2024-01-02/c', 'gone']);
  expect(await pathsOf(table!.tombstones())).toEqual(['day=2024-01-01/a']);
  expect(table!.state).toEqual(await loadLogState(store, checkpointCodec));
});

test('a predicate leaves out files that hold no row of it, from checkpoint and commits alike', async () => {
  const store = await tableOf(
    [{ add: inDay('2024-01-01', 'a', 1) }, { add: inDay('2024-01-02', 'b', 2) }],
    [{ add: inDay('2024-01-02', 'c', 3) }],
  );
  await writeCheckpoint(store, checkpointCodec, 1, nowMs);
  const table = await openTableFiles(store, checkpointCodec);
  const files = (text: string) =>
    pathsOf(table!.files({ predicate: bindPredicate(parsePredicate(text), parseSchema(columns)) }));
  expect(await files('day = 2024-01-02')).toEqual(['day=2024-01-02/b', 'day=2024-01-02/c']);
  expect(await files('id = 3')).toEqual(['day=2024-01-02/c']);
});
