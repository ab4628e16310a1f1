import { expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { serializeActions } from '#delta/action-json.ts';
import { type AppendPlan, type CreatePlan, planAppend, planCreate } from '#delta/append.ts';
import { commitPath } from '#delta/log-path.ts';
import { type LogState, loadLogState } from '#delta/log-state.ts';
import { parseSchema } from '#delta/schema.ts';
import {
  addFile,
  metaDataAction,
  protocolAction,
  schemaString,
  tableCreation,
  txnAction,
} from '../../support/actions.ts';
import { memoryObjectStore } from '../../support/memory-object-store.ts';

const creation = (rest: Partial<CreatePlan> = {}): CreatePlan => ({
  txnId: 'attempt',
  nowMs: 5,
  engineInfo: 'alluvium',
  id: 'table-1',
  schema: parseSchema(schemaString(['id', 'long'], ['p', 'string'])),
  partitionColumns: ['p'],
  configuration: { 'delta.appendOnly': 'true' },
  files: [],
  txns: [],
  ...rest,
});

async function stateOf(...actions: Parameters<typeof serializeActions>[0]): Promise<LogState> {
  const store = memoryObjectStore();
  await store.put(commitPath(0), serializeActions(actions));
  return (await loadLogState(store, checkpointCodec))!;
}

const append = (state: LogState, rest: Partial<AppendPlan> = {}): AppendPlan => ({
  state,
  txnId: 'attempt',
  nowMs: 5,
  engineInfo: 'alluvium',
  files: [addFile('x', { size: 7 }), addFile('y', { size: 8 })],
  txns: [{ appId: 'a', version: 3n }],
  ...rest,
});

test('a table is made by one commit that readers of Delta 1.2 understand', async () => {
  const actions = planCreate(creation({ files: [addFile('p=a/x')], txns: [{ appId: 'a', version: 1n }] }));
  expect(actions.map((action) => Object.keys(action)[0])).toEqual(['commitInfo', 'protocol', 'metaData', 'txn', 'add']);
  const state = await stateOf(...actions);
  expect(state).toMatchObject({
    protocol: { minReaderVersion: 1, minWriterVersion: 2 },
    metaData: {
      id: 'table-1',
      format: { provider: 'parquet', options: {} },
      schemaString: schemaString(['id', 'long'], ['p', 'string']),
      partitionColumns: ['p'],
      configuration: { 'delta.appendOnly': 'true' },
      createdTime: 5,
    },
  });
});

test.each(['delta.enableDeletionVectors', 'delta.enableRowTracking', 'delta.enableInCommitTimestamps'])(
  'a new table with %s is refused',
  (property) => {
    expect(() => planCreate(creation({ configuration: { [property]: 'true' } }))).toThrow(
      expect.objectContaining({ name: 'UnsupportedFeature' }),
    );
  },
);

test('an append says who wrote it, on what it builds, and that it read nothing', async () => {
  const [info, ...rest] = planAppend(append(await stateOf(...tableCreation()), { commitInfo: { note: 'n' } }));
  expect(info).toEqual({
    commitInfo: {
      timestamp: 5,
      operation: 'STREAMING UPDATE',
      operationParameters: { outputMode: 'Append', queryId: 'table-1', epochId: '1' },
      operationMetrics: { numRemovedFiles: '0', numAddedFiles: '2', numOutputBytes: '15' },
      readVersion: 0,
      isolationLevel: 'Serializable',
      isBlindAppend: true,
      engineInfo: 'alluvium',
      txnId: 'attempt',
      note: 'n',
    },
  });
  expect(rest).toEqual([txnAction('a', 3n), { add: addFile('x', { size: 7 }) }, { add: addFile('y', { size: 8 }) }]);
});

test('a grown schema comes with the append, everything else of the metaData as it was', async () => {
  const state = await stateOf(protocolAction(), metaDataAction({ name: 'n', configuration: { k: 'v' } }));
  const schema = parseSchema(schemaString(['id', 'long'], ['new', 'string']));
  expect(planAppend(append(state, { schema }))[1]).toEqual({
    metaData: { ...state.metaData, schemaString: schemaString(['id', 'long'], ['new', 'string']) },
  });
});

test('a column whose type needs a feature is refused on a table without it', async () => {
  const schema = parseSchema(schemaString(['id', 'long'], ['new', 'timestamp_ntz']));
  const state = await stateOf(...tableCreation());
  expect(() => planAppend(append(state, { schema }))).toThrow('new columns need timestampNtz');
});

test('an append to a table that needs an unknown writer feature is refused', async () => {
  const state = await stateOf(
    protocolAction({ minWriterVersion: 7, writerFeatures: ['rowTracking'] }),
    metaDataAction(),
  );
  expect(() => planAppend(append(state))).toThrow('got rowTracking');
});
