import { describe, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { serializeActions } from '#delta/action-json.ts';
import type { Action } from '#delta/actions.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { commitPath } from '#delta/log-path.ts';
import { loadLogState } from '#delta/log-state.ts';
import type { LogStore } from '#delta/log-store.ts';
import { optimizeOperation } from '#delta/optimize.ts';
import { planRemove } from '#delta/remove-files.ts';
import { setPropertiesOperation } from '#delta/set-properties.ts';
import { loadSnapshot } from '#delta/snapshot.ts';
import { type Operation, transact } from '#delta/transact.ts';
import {
  addFile,
  metaDataAction,
  protocolAction,
  removeFile,
  tableCreation,
  txnAction,
} from '../../support/actions.ts';
import { memoryObjectStore } from '../../support/memory-object-store.ts';

const [a, b, c] = [addFile('a'), addFile('b'), addFile('c')];
const optimizeAb = optimizeOperation({ inputs: [a, b], outputs: [addFile('ab', { size: 200 })] });

const removal = (...paths: string[]): Operation => ({
  plan: (state, attempt, winners) =>
    planRemove({
      ...attempt,
      state,
      files: paths.map((path) => addFile(path)),
      winners,
      operation: { operation: 'DELETE', operationParameters: {} },
    }),
  reads: { kind: 'nothing' },
});

/** A table of a, b and c in memory; others commit just before our attempts, in the order given. */
async function table(...others: Action[][]) {
  const objects = memoryObjectStore();
  let version = -1;
  const write = async (actions: Action[]) => {
    version += 1;
    await objects.put(commitPath(version), serializeActions(actions));
  };
  await write([...tableCreation(), ...[a, b, c].map((add) => ({ add }))]);
  const inner = conditionalLogStore(objects);
  const logStore: LogStore = {
    ...inner,
    async commit(...args) {
      const winner = others.shift();
      if (winner !== undefined) await write(winner);
      return inner.commit(...args);
    },
  };
  let attempts = 0;
  const ports = { nowMs: () => 1000, txnId: () => `attempt-${++attempts}`, engineInfo: 'test' };
  const from = (await loadLogState(objects, checkpointCodec))!;
  return {
    objects,
    logStore,
    from,
    run: (operation: Operation, store = logStore) => transact({ objects, logStore: store }, from, operation, ports),
    livePaths: async () => [...(await loadSnapshot(objects, checkpointCodec))!.files.keys()].sort(),
    attempts: () => attempts,
  };
}

test('an optimize replaces its inputs, and says so in history', async () => {
  const { run, livePaths, objects } = await table();
  expect(await run(optimizeAb)).toMatchObject({ kind: 'committed', version: 1 });
  expect(await livePaths()).toEqual(['ab', 'c']);
  const [info, ...files] = new TextDecoder()
    .decode((await objects.read(commitPath(1)))!.bytes)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(info.commitInfo).toMatchObject({
    operation: 'OPTIMIZE',
    readVersion: 0,
    isolationLevel: 'SnapshotIsolation',
    isBlindAppend: false,
    operationMetrics: { numRemovedFiles: '2', numAddedFiles: '1', numRemovedBytes: '200', numAddedBytes: '200' },
  });
  const removed = {
    dataChange: false,
    deletionTimestamp: 1000,
    extendedFileMetadata: true,
    partitionValues: {},
    size: 100,
  };
  expect(files).toEqual([
    { remove: { path: 'a', ...removed } },
    { remove: { path: 'b', ...removed } },
    { add: { ...addFile('ab', { size: 200 }), dataChange: false } },
  ]);
});

test('an optimize goes over appends, growth and property changes of others, planned once more for each', async () => {
  const { run, livePaths, attempts } = await table(
    [txnAction('x', 1n), { add: addFile('d') }],
    [metaDataAction({ configuration: { owner: 'me' } })],
  );
  expect(await run(optimizeAb)).toMatchObject({ kind: 'committed', version: 3 });
  expect(await livePaths()).toEqual(['ab', 'c', 'd']);
  expect(attempts()).toBe(3);
});

test('what was planned long ago is brought up to date before anything is written', async () => {
  const { run, objects, attempts } = await table();
  for (const version of [1, 2, 3]) {
    await objects.put(commitPath(version), serializeActions([{ add: addFile(`d${version}`) }]));
  }
  expect(await run(optimizeAb)).toMatchObject({ kind: 'committed', version: 4 });
  expect(attempts()).toBe(1);
});

test('an optimize whose input is gone ends, and names the rule and the version', async () => {
  const { run, livePaths } = await table([{ add: addFile('d') }], [{ remove: removeFile('b') }]);
  expect(await run(optimizeAb)).toEqual({
    kind: 'conflict',
    version: 2,
    reason: { rule: 'fileRemovedTwice', path: 'b' },
  });
  expect(await livePaths()).toEqual(['a', 'c', 'd']);
});

test('two removes of one file: the later leaves it out, and ends with nothing when none is left', async () => {
  const { run, livePaths, from } = await table([{ remove: removeFile('a') }]);
  const outcome = await run(removal('a', 'b'));
  expect(outcome).toMatchObject({ kind: 'committed', version: 2, actions: [{}, { remove: { path: 'b' } }] });
  expect(await livePaths()).toEqual(['c']);
  expect(from.version).toBe(0);
  const again = await table([{ remove: removeFile('a') }]);
  expect(await again.run(removal('a'))).toEqual({ kind: 'nothing' });
});

test('an append-only table keeps its rows, and may be optimized', async () => {
  const { run, objects, livePaths } = await table();
  const info = metaDataAction({ configuration: { 'delta.appendOnly': 'true' } });
  await objects.put(commitPath(1), serializeActions([info]));
  const state = (await loadLogState(objects, checkpointCodec))!;
  const ports = { nowMs: () => 0, txnId: () => 't', engineInfo: 'test' };
  const log = { objects, logStore: conditionalLogStore(objects) };
  await expect(transact(log, state, removal('a'), ports)).rejects.toMatchObject({ name: 'AppendOnlyTable' });
  expect(await run(optimizeAb)).toMatchObject({ kind: 'committed' });
  expect(await livePaths()).toEqual(['ab', 'c']);
});

test.each([
  ['a feature that is unknown here', protocolAction({ minWriterVersion: 7, writerFeatures: ['rowTracking'] })],
  ['a version that is unknown here', protocolAction({ minWriterVersion: 8 })],
])('a table that gets %s meanwhile is written no more', async (_what, protocol) => {
  const { run } = await table([protocol]);
  await expect(run(optimizeAb)).rejects.toThrow(/expected (writer features|minWriterVersion)/);
});

describe('lost answers', () => {
  test('a commit that took effect without an answer is found in the log', async () => {
    const { run, logStore, objects, attempts } = await table();
    let lost = 1;
    const losing: LogStore = {
      ...logStore,
      async commit(...args) {
        const outcome = await logStore.commit(...args);
        return lost-- > 0 ? { kind: 'retryable', reason: 'lost' } : outcome;
      },
    };
    expect(await run(optimizeAb, losing)).toMatchObject({ kind: 'committed', version: 1 });
    expect(attempts()).toBe(1);
    expect(await objects.head(commitPath(2))).toBeUndefined();
  });

  test('a put that arrives late is not committed twice', async () => {
    const { run, logStore, objects, livePaths } = await table();
    const late: (() => Promise<void>)[] = [];
    const delaying: LogStore = {
      ...logStore,
      async commit(version, actions, txnId) {
        if (late.length === 0) {
          late.push(() => objects.put(commitPath(version), serializeActions(actions)));
          return { kind: 'retryable', reason: 'no answer' };
        }
        await late[0]!();
        return logStore.commit(version, actions, txnId);
      },
    };
    expect(await run(optimizeAb, delaying)).toMatchObject({
      kind: 'committed',
      version: 1,
      actions: [{ commitInfo: { txnId: 'attempt-1' } }, {}, {}, {}],
    });
    expect(await objects.head(commitPath(2))).toBeUndefined();
    expect(await livePaths()).toEqual(['ab', 'c']);
  });

  test('without any answer it gives up after a number of attempts', async () => {
    const { run, logStore, attempts } = await table();
    const deaf: LogStore = { ...logStore, commit: async () => ({ kind: 'retryable', reason: 'no answer' }) };
    await expect(run(optimizeAb, deaf)).rejects.toMatchObject({ name: 'CommitContentionError' });
    expect(attempts()).toBe(20);
  });
});

test('a log whose version was replaced meanwhile ends it; after an attempt without an answer nobody knows how', async () => {
  const { run, logStore, objects } = await table();
  const replacing: LogStore = {
    ...logStore,
    async commit() {
      await objects.put(commitPath(0), serializeActions(tableCreation()));
      return { kind: 'retryable', reason: 'no answer' };
    },
  };
  expect(await run(optimizeAb, replacing)).toEqual({ kind: 'unknown', version: 0 });
  expect(await run(optimizeAb)).toEqual({ kind: 'conflict', version: 0, reason: { rule: 'logReplaced' } });
});

describe('properties', () => {
  test('are set and unset; what is so already makes no version', async () => {
    const { run, objects } = await table();
    await run(setPropertiesOperation({ owner: 'me', 'delta.logRetentionDuration': 'interval 3 days' }));
    const state = (await loadLogState(objects, checkpointCodec))!;
    expect(state.metaData.configuration).toEqual({ owner: 'me', 'delta.logRetentionDuration': 'interval 3 days' });
    const again = await transact(
      { objects, logStore: conditionalLogStore(objects) },
      state,
      setPropertiesOperation({ owner: 'me', none: null }),
      {
        nowMs: () => 0,
        txnId: () => 't',
        engineInfo: 'test',
      },
    );
    expect(again).toEqual({ kind: 'nothing' });
  });

  test('change together with other metaData conflicts', async () => {
    const { run } = await table([metaDataAction({ configuration: { owner: 'you' } })]);
    expect(await run(setPropertiesOperation({ owner: 'me' }))).toMatchObject({
      kind: 'conflict',
      reason: { rule: 'metadataChanged' },
    });
  });

  test.each([
    ['delta.setTransactionRetentionDuration', '1 day', 'transactions that expire'],
    ['delta.columnMapping.mode', 'name', 'more than a property'],
    ['delta.enableDeletionVectors', 'true', 'feature of the protocol'],
    ['delta.minWriterVersion', '7', 'protocols are not changed'],
    ['delta.checkpointPolicy', 'v2', 'expected a table whose protocol names v2Checkpoint'],
    ['delta.enableTypeWidening', 'true', 'expected a table whose protocol names typeWidening'],
    ['delta.appendOnly', 'yes', 'expected true or false, got "yes"'],
    ['delta.checkpointInterval', '0', 'expected an integer of at least 1, got "0"'],
    ['delta.targetFileSize', '1 parsec', 'expected a size such as'],
    ['delta.logRetentionDuration', '1 month', 'expected an interval such as'],
    [
      'delta.dataSkippingStatsColumns',
      'ID, other',
      'expected columns of the table, or members of its structs, got other',
    ],
    ['delta.dataSkippingStatsColumns', 'id.x', 'got id.x'],
    ['delta.dataSkippingStatsColumns', '`id', 'expected columns such as'],
  ])('%s = %s is refused', async (key, value, message) => {
    const { run } = await table();
    await expect(run(setPropertiesOperation({ [key]: value }))).rejects.toThrow(message);
  });
});
