import { describe, expect, test } from 'vitest';
import { fingerprintOf } from '#pipeline/ingest/fingerprint.ts';
import { attemptOf, begun, firstRecords, type Intake, intakesOf, trimmed, withStart } from '#pipeline/ingest/intake.ts';
import type { Cursor } from '#pipeline/ledger/ledger.ts';
import { record } from '../../../support/ingest.ts';

const cursor = (more: Partial<Cursor>): Cursor => ({
  sourcePartition: 'clicks/0',
  revision: 1,
  ordinals: {},
  floors: {},
  greatestTimestampMs: 1_700_000_000_005,
  batchEnds: [],
  attempts: 1,
  ...more,
});

const positions = ({ records }: Intake) => records.map(({ position }) => position);
const intake = (sourcePartition: string, count: number): Intake => ({
  sourcePartition,
  records: Array.from({ length: count }, (_, index) => record(index + 1, '{}')),
});

test('records are taken partition by partition, in order, each once', () => {
  const intakes = intakesOf([
    record(3, 'c'),
    record(10, 'x', { partition: '1' }),
    record(1, 'a'),
    record(3, 'c'),
    record('2.11', 'b'),
    record('2.9', 'b'),
  ]);
  expect(intakes.map((group) => [group.sourcePartition, positions(group)])).toEqual([
    ['clicks/0', ['1', '2.9', '2.11', '3']],
    ['clicks/1', ['10']],
  ]);
});

describe('where a source partition begins', () => {
  const [delivered] = intakesOf(['3', '5.0', '5.1', '9'].map((position) => record(position, '{}')));

  test.each<[string | undefined, string[]]>([
    [undefined, ['3', '5.0', '5.1', '9']],
    ['0', ['3', '5.0', '5.1', '9']],
    ['5', ['5.0', '5.1', '9']],
    ['5.1', ['5.1', '9']],
    ['10', []],
  ])('from %s', (start, left) => {
    const at = cursor(start === undefined ? {} : { start });
    expect(positions(begun(delivered as Intake, at))).toEqual(left);
  });

  test('by the settings until the cursor knows better', () => {
    const starts = { 0: '7', 'shardId-000000000001': '8' };
    expect(withStart(cursor({}), starts).start).toBe('7');
    expect(withStart(cursor({ sourcePartition: 'clicks/shardId-000000000001' }), starts).start).toBe('8');
    expect(withStart(cursor({ sourcePartition: 'clicks/1' }), starts).start).toBeUndefined();
    expect(withStart(cursor({ start: '2' }), starts).start).toBe('2');
    expect(withStart(cursor({ position: '2' }), starts).start).toBeUndefined();
    expect(withStart(cursor({ floors: { t: '6' } }), starts).start).toBe('7');
  });

  test.each<[Partial<Cursor>, string]>([
    [{ floors: { t: '9', u: '5' } }, '6'],
    [{ floors: { t: '5.2' } }, '5.3'],
    [{ taken: { t: [{ from: '6', to: '20' }] } }, '6'],
  ])('not where the settings would leave out what comes after %j', (more, latest) => {
    expect(() => withStart(cursor(more), { 0: '7' })).toThrow(
      `source partition clicks/0: expected startingPositions to begin at ${latest} or before, since a table has records up to there, got 7`,
    );
  });
});

describe('redeliveries', () => {
  const [delivered] = intakesOf([
    record('3.0', 'a'),
    record('3.1', 'b'),
    record('49590338271490256608559692538361571095921575989136588898', 'c'),
  ]);

  test.each<[string | undefined, number]>([
    [undefined, 3],
    ['2', 3],
    ['3', 1],
    ['3.0', 2],
    ['3.1', 1],
    ['49590338271490256608559692538361571095921575989136588897', 1],
    ['49590338271490256608559692538361571095921575989136588898', 0],
  ])('after %s, %d are left', (position, left) => {
    const at = cursor({
      greatestTimestampMs: Number.POSITIVE_INFINITY,
      ...(position === undefined ? {} : { position }),
    });
    expect(trimmed(delivered as Intake, at).records).toHaveLength(left);
  });

  test('a record behind the cursor that is newer than any accepted one: another source under the old name', () => {
    const [group] = intakesOf([record(2, 'x', { timestampMs: 1_700_000_000_006 }), record(9, 'y')]);
    expect(() => trimmed(group as Intake, cursor({ position: '5' }))).toThrow(
      expect.objectContaining({ name: 'SourceRecreatedError', message: expect.stringContaining('position 2') }),
    );
  });

  test('a record at a remembered batch end with other content', () => {
    const accepted = record(4, 'x');
    const batchEnds = [{ position: '4', fingerprint: fingerprintOf(accepted) }];
    const again = (value: string) => intakesOf([record(4, value), record(6, 'y')])[0] as Intake;
    expect(positions(trimmed(again('x'), cursor({ position: '5', batchEnds })))).toEqual(['6']);
    expect(() => trimmed(again('other'), cursor({ position: '5', batchEnds }))).toThrow(
      expect.objectContaining({ name: 'SourceRecreatedError' }),
    );
  });

  test.each([
    ['value', record(4, 'y')],
    ['missing value', record(4, null)],
    ['key', record(4, 'x', { key: new Uint8Array([1]) })],
    ['empty key', record(4, 'x', { key: new Uint8Array() })],
    ['timestamp', record(4, 'x', { timestampMs: 1 })],
  ])('fingerprints tell records with another %s apart', (_, other) => {
    expect(fingerprintOf(other)).not.toBe(fingerprintOf(record(4, 'x')));
    expect(fingerprintOf(record(4, 'x'))).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('an attempt takes less after each death', () => {
  const attempt = (intakes: Intake[], attempts: Record<string, number>, nowMs = 0) =>
    attemptOf(
      intakes,
      new Map(Object.entries(attempts).map(([name, count]) => [name, cursor({ attempts: count })])),
      nowMs,
    );

  test.each([
    [1, 1000],
    [2, 500],
    [3, 250],
    [10, 2],
    [11, 1],
    [14, 1],
  ])('attempt %d of 1,000 records takes %d', (attempts, count) => {
    const { taken, alone, spared } = attempt([intake('a', 1000)], { a: attempts });
    expect(taken[0]?.records).toHaveLength(count);
    expect(alone).toBe(count === 1 ? taken[0]?.records[0] : undefined);
    expect(spared).toEqual([]);
  });

  test('once something died, the most suspect source partition is tried alone', () => {
    const intakes = [intake('a', 10), intake('b', 10), intake('c', 10)];
    expect(attempt(intakes, { a: 1, b: 1, c: 1 })).toEqual({ taken: intakes, alone: undefined, spared: [] });
    const { taken, spared } = attempt(intakes, { a: 2, b: 4, c: 1 });
    expect(taken.map(({ sourcePartition, records }) => [sourcePartition, records.length])).toEqual([['b', 2]]);
    expect(spared).toEqual(['a', 'c']);
  });

  test('time decides between equals', () => {
    const chosen = [0, 1, 2].map(
      (nowMs) => attempt([intake('a', 2), intake('b', 2)], { a: 2, b: 2 }, nowMs).taken[0]?.sourcePartition,
    );
    expect(chosen).toEqual(['a', 'b', 'a']);
  });
});

test.each([
  [0, {}],
  [2, { a: 2 }],
  [3, { a: 3 }],
  [4, { a: 3, b: 1 }],
  [99, { a: 3, b: 2 }],
])('the first %d records', (count, expected) => {
  const taken = firstRecords([intake('a', 3), intake('b', 2)], count);
  expect(Object.fromEntries(taken.map(({ sourcePartition, records }) => [sourcePartition, records.length]))).toEqual(
    expected,
  );
});
