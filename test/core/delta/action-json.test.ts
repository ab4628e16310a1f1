import { describe, expect, test } from 'vitest';
import { parseActions, serializeActions } from '#delta/action-json.ts';
import type { Action } from '#delta/actions.ts';
import { CorruptLog } from '#delta/errors.ts';
import { addFile, removeFile, tableCreation, txnAction } from '../../support/actions.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (actions: Action[]) => new TextDecoder().decode(serializeActions(actions));

test('actions come back as they were written', () => {
  const actions: Action[] = [
    { commitInfo: { timestamp: 1, operation: 'WRITE', txnId: 't' } },
    ...tableCreation(
      txnAction('app/1', 9_223_372_036_854_775_807n, { lastUpdated: 5 }),
      { add: addFile('p=%2520/x', { partitionValues: { p: null }, stats: '{"numRecords":9007199254740993}' }) },
      { add: addFile('y', { baseRowId: 9_007_199_254_740_993n, deletionVector: vector }) },
      { remove: removeFile('z', { extendedFileMetadata: true, partitionValues: {} }) },
      { domainMetadata: { domain: 'd', configuration: '{}', removed: false } },
    ),
  ];
  expect(parseActions(serializeActions(actions))).toEqual(actions);
});

const vector = { storageType: 'u' as const, pathOrInlineDv: 'ab^-', offset: 4, sizeInBytes: 40, cardinality: 6 };

test('int64 numbers keep every digit, as numbers', () => {
  expect(text([txnAction('a', 9_223_372_036_854_775_807n)])).toBe(
    '{"txn":{"appId":"a","version":9223372036854775807}}\n',
  );
});

test('commitInfo stands first and absent fields are left out', () => {
  const lines = text([
    { add: addFile('x', { partitionValues: { p: null } }) },
    { commitInfo: { txnId: 't', timestamp: undefined } },
  ] as Action[]).split('\n');
  expect(lines[0]).toBe('{"commitInfo":{"txnId":"t"}}');
  expect(lines[1]).toContain('"partitionValues":{"p":null}');
});

test('fields that are null are absent, null partition values stay', () => {
  const [action] = parseActions(
    bytes(
      '{"add":{"path":"x","partitionValues":{"p":null},"size":1,"modificationTime":2,"dataChange":true,"tags":null}}',
    ),
  );
  expect(action).toEqual({
    add: { path: 'x', partitionValues: { p: null }, size: 1, modificationTime: 2, dataChange: true },
  });
});

test('unknown actions and blank lines are left out', () => {
  expect(parseActions(bytes('{"cdc":{"path":"x"}}\n\n{"future":{}}\n'))).toEqual([]);
});

describe('what is no action names the file, the line and what was expected', () => {
  test.each([
    ['{"add":', 'commit 7, line 1: expected one action as a JSON object'],
    ['[]', 'commit 7, line 1: expected one action as a JSON object'],
    ['{"add":{"size":1,"modificationTime":1}}', 'commit 7: expected add.path to be a string, got undefined'],
    ['{"txn":{"appId":"a","version":1.5}}', 'commit 7: expected txn.version to be a bigint, got 1.5'],
    [
      '{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":"v2Checkpoint"}}',
      'commit 7: expected protocol.readerFeatures to be a list of texts, got "v2Checkpoint"',
    ],
    [
      '{"metaData":{"id":"x","partitionColumns":{}}}',
      'commit 7: expected metaData.partitionColumns to be a list of texts, got {}',
    ],
    [
      '{"remove":{"path":"x","deletionVector":{"storageType":"u","sizeInBytes":1,"cardinality":1}}}',
      'commit 7: expected remove.deletionVector.pathOrInlineDv to be a string, got undefined',
    ],
    [
      '{"add":{"path":"x","size":1,"modificationTime":1,"deletionVector":7}}',
      'commit 7: expected add.deletionVector.storageType to be a string, got undefined',
    ],
    [
      '{"txn":{"appId":{"version":9007199254740993},"version":1}}',
      'commit 7: expected txn.appId to be a string, got {"version":9007199254740993}',
    ],
  ])('%s', (line, message) => {
    expect(() => parseActions(bytes(line), 'commit 7')).toThrow(message);
  });

  test('bytes that are no text', () => {
    expect(() => parseActions(Uint8Array.of(0x7b, 0xff), 'commit 7')).toThrow(CorruptLog);
    expect(() => parseActions(Uint8Array.of(0x7b, 0xff), 'commit 7')).toThrow('commit 7: expected UTF-8');
  });
});
