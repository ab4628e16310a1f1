import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type StructType, serializeSchema } from '#delta/schema.ts';
import { deadLetterColumns } from '#pipeline/ingest/dead-letter.ts';
import type { Letter } from '#pipeline/redrive/letter.ts';
import { letterTables } from '../../../scripts/cli/dead-letters.ts';
import { dlq } from '../../../scripts/cli/dlq.ts';
import { exitCodeOf, exitCodes } from '../../../scripts/cli/failure.ts';
import { assertKnownNames, filterOf, limitOf } from '../../../scripts/cli/letter-options.ts';
import { letterDetails, letterJson, letterLine } from '../../../scripts/cli/letter-text.ts';
import { readSettings } from '../../../scripts/cli/read-settings.ts';
import { UsageError } from '../../../scripts/cli/verb.ts';
import { memoryLedger } from '../../support/memory-ledger.ts';

const root = join(import.meta.dirname, '../../..');

describe('what is not given as it must be', () => {
  test.each([
    [[]],
    [['list']],
    [['--env', 'local']],
    [['drop', '--env', 'local']],
    [['list', 'show', '--env', 'local']],
    [['list', '--env', 'local', '--from', 'x']],
    [['list', '--env', 'local', '--since', 'yesterday']],
    [['list', '--env', 'local', '--limit', '-1']],
    [['list', '--env', 'local', '--colour', 'red']],
  ])('%j', async (args) => {
    const error = await dlq.run(args, root).then(
      () => undefined,
      (failure: unknown) => failure,
    );
    expect(exitCodeOf(error)).toBe(exitCodes.usage);
  });
});

test('letters are read of tables that earlier settings kept them in, too', async () => {
  const ledger = memoryLedger();
  const table = (tableName: string, schema: StructType) => ({
    ...{ tableId: tableName, tableName, incarnation: 'i', schemaVersion: 1, partitionColumns: [] },
    schemaString: serializeSchema(schema),
  });
  await ledger.createTable(table('broken_events', deadLetterColumns));
  await ledger.createTable(table('events', { type: 'struct', fields: deadLetterColumns.fields.slice(1) }));
  const names = await letterTables(readSettings(root, 'local'), ledger);
  expect([...names]).toEqual(['dead_letters', 'broken_events']);
});

test('options say which letters are meant', () => {
  expect(
    filterOf({ source: 'a', table: 'b', error: 'c', partition: '0', from: '5', to: '7.2', since: '2026-11-21' }),
  ).toEqual({
    ...{ source: 'a', table: 'b', error: 'c', partition: '0', from: '5', to: '7.2' },
    sinceMs: Date.UTC(2026, 10, 21),
    untilMs: undefined,
  });
  expect(() => filterOf({ to: '1e3' })).toThrow(UsageError);
  expect([limitOf(undefined), limitOf('3')]).toEqual([Number.POSITIVE_INFINITY, 3]);
});

test('a name that nothing has is told where it leaves no letter, rather than that there is none', () => {
  const settings = readSettings(root, 'local');
  const [source] = Object.keys(settings.sources) as [string];
  expect(() => assertKnownNames({ source, table: 'dead_letters' }, settings)).not.toThrow();
  expect(() => assertKnownNames({ source: 'mvies' }, settings)).toThrow('got mvies');
  expect(() => assertKnownNames({ table: 'mvies' }, settings)).toThrow(UsageError);
});

const letter: Letter = {
  source: 'orders',
  partition: '0',
  position: '41',
  timestampMs: Date.UTC(2026, 10, 21),
  key: new Uint8Array([255]),
  headers: [{ name: 'trace', value: Buffer.from('abc') }],
  payload: Buffer.from('{"id":"x"}'),
  table: 'orders',
  error: 'TypeMismatch',
  message: 'expected long, got string "x"',
  path: '$.id',
  route: 'orders',
  schemaId: '17',
  schemaName: undefined,
  stream: undefined,
  timestampType: 'CREATE_TIME',
  rowId: undefined,
};

test('a letter as a line, as JSON and whole: bytes are text where they are UTF-8', () => {
  expect(letterLine(letter, true)).toEqual([
    ...['orders', '0', '41', '2026-11-21T00:00:00.000Z', 'orders', 'TypeMismatch', 'yes'],
    'expected long, got string "x"',
  ]);
  expect(letterJson(letter, false, false)).not.toHaveProperty('payload');
  expect(JSON.parse(JSON.stringify(letterJson(letter, false, true)))).toMatchObject({
    redriven: false,
    key: { base64: '/w==' },
    headers: [{ name: 'trace', value: 'abc' }],
    payload: '{"id":"x"}',
    schemaId: '17',
  });
  const lines = [...letterDetails(letter, false)];
  expect(lines).toContain('payload       {"id":"x"}');
  expect(lines).toContain('schemaId      17');
  expect(lines.some((line) => line.startsWith('schemaName'))).toBe(false);
});
