import { describe, expect, test } from 'vitest';
import type { Action, MetaData } from '#delta/actions.ts';
import { planAppend } from '#delta/append.ts';
import { checkConflicts, isolationOf, type Reads } from '#delta/conflicts.ts';
import type { LogState } from '#delta/log-state.ts';
import { optimizeOperation } from '#delta/optimize.ts';
import { bindPredicate, parsePredicate } from '#delta/predicate.ts';
import type { IsolationLevel } from '#delta/properties.ts';
import { planRemove } from '#delta/remove-files.ts';
import { restoreOperation } from '#delta/restore.ts';
import { parseSchema } from '#delta/schema.ts';
import { setPropertiesOperation } from '#delta/set-properties.ts';
import { addFile, metaDataAction, protocolAction, removeFile, schemaString, txnAction } from '../../support/actions.ts';

const metaData: MetaData = metaDataAction({
  schemaString: schemaString(['id', 'long'], ['day', 'string']),
  partitionColumns: ['day'],
}).metaData;
const { protocol } = protocolAction();
const state: LogState = {
  version: 7,
  protocol,
  metaData,
  txns: new Map(),
  domains: new Map(),
  commitTimestampMs: 0,
  etag: undefined,
};
const attempt = { txnId: 'attempt', nowMs: 5, engineInfo: 'test' };
const inDay = (path: string, day: string) => addFile(path, { partitionValues: { day } });
const a = inDay('a', '1');
const b = inDay('b', '1');
const grown = schemaString(['id', 'long'], ['day', 'string'], ['new', 'string']);

interface Planned {
  actions: readonly Action[];
  reads: Reads;
}

const nothing: Reads = { kind: 'nothing' };
const monday: Reads = {
  kind: 'files',
  predicate: bindPredicate(parsePredicate(`day = '1'`), parseSchema(metaData.schemaString)),
};

const operations = {
  append: {
    actions: planAppend({ ...attempt, state, files: [inDay('new', '1')], txns: [{ appId: 'ours', version: 2n }] }),
    reads: nothing,
  },
  'append that grows the schema': {
    actions: planAppend({ ...attempt, state, files: [inDay('new', '1')], txns: [], schema: parseSchema(grown) }),
    reads: nothing,
  },
  'append that read a partition': {
    actions: [{ commitInfo: {} }, { add: inDay('new', '2') }],
    reads: monday,
  },
  optimize: planned(optimizeOperation({ inputs: [a, b], outputs: [inDay('ab', '1')] })),
  remove: { actions: planRemove({ ...attempt, state, files: [a, b], operation: fsck() })!, reads: nothing },
  'remove that read a partition': {
    actions: planRemove({ ...attempt, state, files: [a], operation: fsck() })!,
    reads: monday,
  },
  restore: planned(
    restoreOperation(
      { state },
      { missing: [inDay('old', '1')], surplus: [b], keysThen: new Set(['a', 'old']), bytesThen: 0 },
    ),
  ),
  'restore of columns': planned(
    restoreOperation(
      { state: { ...state, metaData: { ...metaData, schemaString: schemaString(['day', 'string']) } } },
      { missing: [], surplus: [b], keysThen: new Set(['a']), bytesThen: 0 },
    ),
  ),
  'property change': planned(setPropertiesOperation({ owner: 'me' })),
  'domain change': { actions: [domain('d')], reads: nothing },
  'protocol change': { actions: [{ protocol }], reads: nothing },
  'read of the table': { actions: [{ commitInfo: {} }, { add: inDay('sum', '1') }], reads: { kind: 'table' } },
} as const satisfies Record<string, Planned>;

type Name = keyof typeof operations;

function planned(operation: ReturnType<typeof optimizeOperation>): Planned {
  return { actions: operation.plan(state, attempt, [])!, reads: operation.reads };
}

function fsck() {
  return { operation: 'FSCK', operationParameters: {} };
}

function domain(name: string): Action {
  return { domainMetadata: { domain: name, configuration: '', removed: false } };
}

const blind = { commitInfo: { isBlindAppend: true } };
const other = { metaData: { ...metaData, configuration: { owner: 'you' } } };
const withColumns = (columns: string) => ({ metaData: { ...metaData, schemaString: columns } });

const winners = {
  append: [blind, { add: inDay('theirs', '1') }, txnAction('theirs', 1n)],
  'append to another partition': [blind, { add: inDay('theirs', '2') }],
  'append of the same application': [blind, txnAction('ours', 2n), { add: inDay('theirs', '2') }],
  'append that grows the schema': [blind, withColumns(grown), { add: inDay('theirs', '2') }],
  'write that is not blind': [{ commitInfo: { isBlindAppend: false } }, { add: inDay('theirs', '1') }],
  'optimize of other files': [{ remove: removeFile('c', { dataChange: false, partitionValues: { day: '2' } }) }],
  'optimize of the same files': [
    { remove: removeFile('a', { dataChange: false, partitionValues: { day: '1' } }) },
    { add: { ...inDay('merged', '1'), dataChange: false } },
  ],
  'remove of other files': [{ remove: removeFile('c', { partitionValues: { day: '2' } }) }],
  'remove of the same file': [{ remove: removeFile('a', { partitionValues: { day: '1' } }) }],
  'deletion vector on the same file': [
    { remove: removeFile('a', { partitionValues: { day: '1' } }) },
    { add: { ...a, deletionVector: { storageType: 'i', pathOrInlineDv: 'x', sizeInBytes: 1, cardinality: 1 } } },
  ],
  'property change': [other],
  'change of what files must hold': [
    { metaData: { ...metaData, configuration: { 'delta.columnMapping.mode': 'name' } } },
  ],
  'columns of another type': [withColumns(schemaString(['id', 'string'], ['day', 'string']))],
  'other partition columns': [{ metaData: { ...metaData, partitionColumns: [] } }],
  'table made anew': [{ metaData: { ...metaData, id: 'another' } }],
  'more features': [protocolAction({ minReaderVersion: 1, minWriterVersion: 3 })],
  'fewer features': [protocolAction({ minReaderVersion: 1, minWriterVersion: 1 })],
  'domain change': [domain('d')],
  'change of another domain': [domain('e')],
} as const satisfies Record<string, readonly Action[]>;

type Winner = keyof typeof winners;

/** Of each operation the winners that it does not survive, with the rule; all others it does. */
const rules: Record<Name, Partial<Record<Winner, string>>> = {
  append: {
    'append of the same application': 'transactionCommitted',
    ...metadataChanges('metadataChanged'),
    'fewer features': 'protocolChanged',
  },
  'append that grows the schema': { ...metadataChanges('metadataChanged'), 'fewer features': 'protocolChanged' },
  'append that read a partition': {
    append: 'fileAdded',
    'write that is not blind': 'fileAdded',
    'optimize of the same files': 'fileAdded',
    'remove of the same file': 'readFileRemoved',
    'deletion vector on the same file': 'fileAdded',
    ...breakingMetadata('metadataChanged'),
    'fewer features': 'protocolChanged',
  },
  optimize: {
    'optimize of the same files': 'fileRemovedTwice',
    'remove of the same file': 'fileRemovedTwice',
    'deletion vector on the same file': 'fileRemovedTwice',
    ...breakingMetadata('metadataChanged'),
    'fewer features': 'protocolChanged',
  },
  remove: {
    'optimize of the same files': 'fileRemovedTwice',
    'remove of the same file': 'fileRemovedTwice',
    'deletion vector on the same file': 'fileRemovedTwice',
    ...breakingMetadata('metadataChanged'),
    'fewer features': 'protocolChanged',
  },
  'remove that read a partition': {
    append: 'fileAdded',
    'write that is not blind': 'fileAdded',
    'optimize of the same files': 'fileAdded',
    'remove of the same file': 'fileRemovedTwice',
    'deletion vector on the same file': 'fileAdded',
    ...breakingMetadata('metadataChanged'),
    'fewer features': 'protocolChanged',
  },
  restore: {
    'optimize of the same files': 'readFileRemoved',
    'remove of the same file': 'readFileRemoved',
    'deletion vector on the same file': 'readFileRemoved',
    ...breakingMetadata('metadataChanged'),
    'fewer features': 'protocolChanged',
  },
  'restore of columns': {
    'optimize of the same files': 'readFileRemoved',
    'remove of the same file': 'readFileRemoved',
    'deletion vector on the same file': 'readFileRemoved',
    ...metadataChanges('metadataChanged'),
    'fewer features': 'protocolChanged',
  },
  'property change': { ...metadataChanges('metadataChanged'), 'fewer features': 'protocolChanged' },
  'domain change': {
    ...metadataChanges('metadataChanged'),
    'fewer features': 'protocolChanged',
    'domain change': 'domainChanged',
  },
  'protocol change': {
    ...metadataChanges('metadataChanged'),
    'more features': 'protocolChanged',
    'fewer features': 'protocolChanged',
  },
  'read of the table': {
    append: 'fileAdded',
    'append to another partition': 'fileAdded',
    'append of the same application': 'fileAdded',
    'append that grows the schema': 'fileAdded',
    'write that is not blind': 'fileAdded',
    'optimize of other files': 'readFileRemoved',
    'optimize of the same files': 'fileAdded',
    'remove of other files': 'readFileRemoved',
    'remove of the same file': 'readFileRemoved',
    'deletion vector on the same file': 'fileAdded',
    ...breakingMetadata('metadataChanged'),
    'fewer features': 'protocolChanged',
  },
};

function breakingMetadata(rule: string): Partial<Record<Winner, string>> {
  return {
    'change of what files must hold': rule,
    'columns of another type': rule,
    'other partition columns': rule,
    'table made anew': rule,
  };
}

function metadataChanges(rule: string): Partial<Record<Winner, string>> {
  return { 'append that grows the schema': rule, 'property change': rule, ...breakingMetadata(rule) };
}

const ruleOf = (operation: Planned, winner: readonly Action[], level?: IsolationLevel): string | undefined =>
  checkConflicts(operation.actions, operation.reads, winner, level ?? isolationOf(operation.actions, metaData), state)
    ?.rule;

const pairs = (Object.keys(operations) as Name[]).flatMap((operation) =>
  (Object.keys(winners) as Winner[]).map((winner) => ({ operation, winner, rule: rules[operation][winner] })),
);

test.each(pairs)('$operation after $winner: $rule', ({ operation, winner, rule }) => {
  expect(ruleOf(operations[operation], winners[winner])).toBe(rule);
});

describe('isolation', () => {
  test('is what the table asks for, the strictest by default', () => {
    const asking = { ...metaData, configuration: { 'delta.isolationLevel': 'WriteSerializable' } };
    const { actions } = operations.remove;
    expect([isolationOf(actions, metaData), isolationOf(actions, asking)]).toEqual([
      'Serializable',
      'WriteSerializable',
    ]);
  });

  test('is a snapshot’s for file actions that change no data, but not with a txn or metaData beside them', () => {
    const { actions } = operations.optimize;
    const levels = [actions, [...actions, txnAction('a', 1n)], [...actions, metaDataAction()]].map((planned) =>
      isolationOf(planned, metaData),
    );
    expect(levels).toEqual(['SnapshotIsolation', 'Serializable', 'Serializable']);
  });

  const reading = operations['append that read a partition'];
  test.each<[IsolationLevel, Winner, string | undefined]>([
    ['Serializable', 'append', 'fileAdded'],
    ['WriteSerializable', 'append', undefined],
    ['SnapshotIsolation', 'append', undefined],
    ['WriteSerializable', 'write that is not blind', 'fileAdded'],
    ['SnapshotIsolation', 'write that is not blind', undefined],
    ['SnapshotIsolation', 'remove of the same file', 'readFileRemoved'],
  ])('%s: after %s, which adds to what was read: %s', (level, winner, rule) => {
    expect(ruleOf(reading, winners[winner], level)).toBe(rule);
  });

  test('WriteSerializable asks for all when columns change with it', () => {
    const actions = [...reading.actions, metaDataAction()];
    expect(ruleOf({ actions, reads: reading.reads }, winners.append, 'WriteSerializable')).toBe('fileAdded');
  });
});
