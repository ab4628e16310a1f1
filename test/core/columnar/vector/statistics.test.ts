import { describe, expect, test } from 'vitest';
import type { ColumnValue } from '#columnar/vector/column.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import { statisticsOf } from '#columnar/vector/statistics.ts';
import { greatestStringBound, leastStringBound, precedes } from '#columnar/vector/string-bounds.ts';
import { type IndexedColumns, indexedColumnsOf } from '#delta/indexed-columns.ts';
import type { DataType, StructField } from '#delta/schema.ts';
import { field, listOf } from '../../../support/schemas.ts';

function statsOf(fields: StructField[], rows: ColumnValue[][], indexed?: IndexedColumns): string {
  const columns = new RowColumns(fields);
  for (const row of rows) columns.append(row);
  return statisticsOf(columns, indexed);
}

const bounds: [type: DataType, values: ColumnValue[], min: string | undefined, max: string | undefined][] = [
  ['long', [2n ** 63n - 1n, null, -(2n ** 63n)], '-9223372036854775808', '9223372036854775807'],
  ['integer', [5, -3], '-3', '5'],
  ['double', [1.5, -2, 1e300], '-2.0', '1e+300'],
  ['double', [0, -0], '-0.0', '0.0'],
  ['double', [-5, -0], '-5.0', '-0.0'],
  ['double', [-0, 5], '-0.0', '5.0'],
  ['double', [Number.NaN, 1], undefined, undefined],
  ['double', [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], '"-Infinity"', '"Infinity"'],
  ['float', [Math.fround(0.1)], '0.10000000149011612', '0.10000000149011612'],
  ['decimal(10,3)', [1230n, -5n], '-0.005', '1.230'],
  ['decimal(20,0)', [2n ** 64n], '18446744073709551616', '18446744073709551616'],
  ['date', [0, -1, 19782], '"1969-12-31"', '"2024-02-29"'],
  ['date', [-719162, 2932896], '"0001-01-01"', '"9999-12-31"'],
  ['date', [0, 2932897], undefined, undefined],
  ['date', [-719163, 0], undefined, undefined],
  ['timestamp', [-1n, 1718479845123999n], '"1969-12-31T23:59:59.999Z"', '"2024-06-15T19:30:45.123Z"'],
  ['timestamp', [-1000n, -1001n], '"1969-12-31T23:59:59.998Z"', '"1969-12-31T23:59:59.999Z"'],
  ['timestamp', [-62135596800000000n, 253402300799999999n], '"0001-01-01T00:00:00.000Z"', '"9999-12-31T23:59:59.999Z"'],
  ['timestamp', [0n, 253402300800000000n], undefined, undefined],
  ['timestamp', [-62135596800000001n, 0n], undefined, undefined],
  ['timestamp', [2n ** 63n - 1n], undefined, undefined],
  ['timestamp_ntz', [1718479845123999n], '"2024-06-15T19:30:45.123"', '"2024-06-15T19:30:45.123"'],
  ['string', ['b', null, 'a"\n'], '"a\\"\\n"', '"b"'],
  ['string', ['\uffff', '🌊', 'z'], '"z"', '"🌊"'],
  ['string', ['\u{10ffff}'.repeat(70)], `"${'\u{10ffff}'.repeat(32)}"`, undefined],
  ['boolean', [true, false], undefined, undefined],
  ['binary', [new Uint8Array([1])], undefined, undefined],
  ['long', [null, null], undefined, undefined],
];

describe('bounds by type', () => {
  test.each(bounds)('%s of %s', (type, values, min, max) => {
    const nulls = values.filter((value) => value === null).length;
    const member = (text: string | undefined) => (text === undefined ? '{}' : `{"v":${text}}`);
    expect(
      statsOf(
        [field('v', type)],
        values.map((value) => [value]),
      ),
    ).toBe(
      `{"numRecords":${values.length},"minValues":${member(min)},"maxValues":${member(max)},"nullCount":{"v":${nulls}}}`,
    );
  });
});

test('structs are mirrored; lists count as one leaf, without bounds', () => {
  const stats = statsOf(
    [
      field('s', {
        type: 'struct',
        fields: [field('a', 'long'), field('t', { type: 'struct', fields: [field('b"', 'string')] })],
      }),
      field('l', listOf('long')),
    ],
    [
      [
        [1n, ['x']],
        [1n, 2n],
      ],
      [null, null],
      [[null, null], []],
    ],
  );
  expect(JSON.parse(stats)).toEqual({
    numRecords: 3,
    minValues: { s: { a: 1, t: { 'b"': 'x' } } },
    maxValues: { s: { a: 1, t: { 'b"': 'x' } } },
    nullCount: { s: { a: 2, t: { 'b"': 2 } }, l: 1 },
  });
});

test('the first 32 leaves in schema order have statistics', () => {
  const inner = Array.from({ length: 20 }, (_, index) => field(`i${index}`, 'long'));
  const fields = [
    ...Array.from({ length: 10 }, (_, index) => field(`c${index}`, 'long')),
    field('s', { type: 'struct', fields: inner }),
    field('l', listOf({ type: 'struct', fields: inner })),
    field('last', 'long'),
    field('beyond', 'long'),
  ];
  const row = (): ColumnValue[] => [...Array(10).fill(1n), Array(20).fill(2n), [], 3n, 4n];
  const described = (configuration: Record<string, string>) =>
    JSON.parse(statsOf(fields, [row()], indexedColumnsOf({ configuration }))).nullCount;
  const limit = (leaves: string) => ({ 'delta.dataSkippingNumIndexedCols': leaves });
  expect(Object.keys(described({}))).toEqual([
    ...Array.from({ length: 10 }, (_, index) => `c${index}`),
    's',
    'l',
    'last',
  ]);
  expect(described(limit('-1'))).toHaveProperty('beyond');
  expect(described(limit('12')).s).toEqual({ i0: 0, i1: 0 });
  expect(described(limit('0'))).toEqual({});
});

test('columns that a table names have statistics, structs whole, however many others there are', () => {
  const fields = [
    field('id', 'long'),
    field('odd.na`me', 'string'),
    field('s', {
      type: 'struct',
      fields: [field('a', 'long'), field('T', { type: 'struct', fields: [field('b', 'string')] })],
    }),
    field('last', 'long'),
  ];
  const described = (list: string) => {
    const configuration = {
      'delta.dataSkippingStatsColumns': list,
      'delta.dataSkippingNumIndexedCols': '1',
    };
    return JSON.parse(statsOf(fields, [[1n, 'x', [2n, ['y']], 3n]], indexedColumnsOf({ configuration })));
  };
  expect(described('last, s.t')).toEqual({
    numRecords: 1,
    minValues: { s: { T: { b: 'y' } }, last: 3 },
    maxValues: { s: { T: { b: 'y' } }, last: 3 },
    nullCount: { s: { T: { b: 0 } }, last: 0 },
  });
  expect(described('`odd.na``me`,S.`a`').nullCount).toEqual({ 'odd.na`me': 0, s: { a: 0 } });
  expect(described('s').nullCount).toEqual({ s: { a: 0, T: { b: 0 } } });
  expect(described('none').nullCount).toEqual({});
});

describe('long strings', () => {
  const letters = 'abcdefghijklmnopqrstuvwxyz012345';

  test.each([
    ['32 characters stay', letters, letters, letters],
    ['a prefix, then above ASCII', `${letters}x`, letters, `${letters}\x7f`],
    ['beyond ASCII', `${letters}\x7f`, letters, `${letters}\u{10ffff}`],
    ['pairs are not split', '🌊'.repeat(33), '🌊'.repeat(32), `${'🌊'.repeat(32)}\u{10ffff}`],
    ['32 pairs are 32 characters', '🌊'.repeat(32), '🌊'.repeat(32), '🌊'.repeat(32)],
    ['the last character moves the cut', `${letters}\u{10ffff}b`, letters, `${letters}\u{10ffff}\x7f`],
  ])('%s', (_, text, least, greatest) => {
    expect(leastStringBound(text)).toBe(least);
    expect(greatestStringBound(text)).toBe(greatest);
  });

  test.each([
    ['a', 'b', true],
    ['a', 'ab', true],
    ['\uffff', '🌊', true],
    ['🌊', '\ue000', false],
    ['a', 'a', false],
  ])('%j before %j: %s', (left, right, before) => {
    expect(precedes(left, right)).toBe(before);
    expect(Buffer.compare(Buffer.from(left), Buffer.from(right)) < 0).toBe(before);
  });
});
