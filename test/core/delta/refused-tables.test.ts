import { beforeEach, describe, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { serializeActions } from '#delta/action-json.ts';
import type { Action, MetaData, Protocol } from '#delta/actions.ts';
import { planAppend } from '#delta/append.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import { openTableFiles } from '#delta/live-files.ts';
import { commitPath } from '#delta/log-path.ts';
import { type LogState, loadLogState } from '#delta/log-state.ts';
import { planOptimize } from '#delta/optimize.ts';
import { planRemove } from '#delta/remove-files.ts';
import { planRestore } from '#delta/restore.ts';
import { planSetProperties } from '#delta/set-properties.ts';
import { loadSnapshot } from '#delta/snapshot.ts';
import { addFile, metaDataAction } from '../../support/actions.ts';
import { memoryObjectStore } from '../../support/memory-object-store.ts';

const nowMs = 1_700_000_000_000;
const attempt = { txnId: 'attempt-1', nowMs, engineInfo: 'test' };

let store: ReturnType<typeof memoryObjectStore>;
beforeEach(() => {
  store = memoryObjectStore(() => nowMs);
});

async function tableOf(protocol: Protocol, metaData: Partial<MetaData> = {}): Promise<void> {
  const actions: Action[] = [{ protocol }, metaDataAction(metaData), { add: addFile('x.parquet') }];
  await store.put(commitPath(0), serializeActions(actions));
}

const withField = (metadata: Record<string, string>): Partial<MetaData> => ({
  schemaString: JSON.stringify({ type: 'struct', fields: [{ name: 'id', type: 'long', nullable: true, metadata }] }),
});

describe('an unknown reader feature refuses every way to read', () => {
  const features = ['someReaderFeature'];
  test.each([
    ['state', () => loadLogState(store, checkpointCodec)],
    ['live files', () => openTableFiles(store, checkpointCodec)],
    ['snapshot', () => loadSnapshot(store, checkpointCodec)],
  ])('%s', async (_, read) => {
    await tableOf({ minReaderVersion: 3, minWriterVersion: 7, readerFeatures: features, writerFeatures: features });
    await expect(read()).rejects.toMatchObject({
      name: 'UnsupportedFeature',
      message: expect.stringContaining('got someReaderFeature'),
    });
  });
});

/** Every way to write, but for those of whole use cases: vacuum and log clean-up refuse in their own tests. */
const writes: [string, (state: LogState) => unknown][] = [
  ['append', (state) => planAppend({ ...attempt, state, files: [addFile('new.parquet')], txns: [] })],
  ['optimize', (state) => planOptimize({ ...attempt, state, inputs: [], outputs: [] })],
  [
    'remove',
    (state) =>
      planRemove({
        ...attempt,
        state,
        files: [addFile('x.parquet')],
        operation: { operation: 'DELETE', operationParameters: {} },
      }),
  ],
  [
    'restore',
    (state) => {
      const difference = { missing: [], surplus: [addFile('x.parquet')], keysThen: new Set<string>(), bytesThen: 0 };
      return planRestore({ ...attempt, state, target: { state }, difference });
    },
  ],
  ['set properties', (state) => planSetProperties({ ...attempt, state, changes: { 'delta.appendOnly': 'true' } })],
  ['checkpoint', () => writeCheckpoint(store, checkpointCodec, 0, nowMs)],
];

const legacy: Protocol = { minReaderVersion: 1, minWriterVersion: 6 };

describe.each<[string, Protocol, Partial<MetaData>]>([
  ['someWriterFeature', { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['someWriterFeature'] }, {}],
  ['invariants', legacy, withField({ 'delta.invariants': '{"expression":{"expression":"id > 0"}}' })],
  ['checkConstraints', legacy, { configuration: { 'delta.constraints.positive': 'id > 0' } }],
  ['generatedColumns', legacy, withField({ 'delta.generationExpression': 'id * 2' })],
])('%s', (feature, protocol, metaData) => {
  test('is read', async () => {
    await tableOf(protocol, metaData);
    const table = await openTableFiles(store, checkpointCodec);
    expect(await Array.fromAsync(table!.files(), ({ path }) => path)).toEqual(['x.parquet']);
  });

  test.each(writes)('refuses: %s', async (_, write) => {
    await tableOf(protocol, metaData);
    const state = (await loadLogState(store, checkpointCodec))!;
    const before = await Array.fromAsync(store.list(''));
    const writing = async () => write(state);
    await expect(writing()).rejects.toMatchObject({
      name: 'UnsupportedFeature',
      message: expect.stringContaining(feature),
    });
    expect(await Array.fromAsync(store.list(''))).toEqual(before);
  });
});
