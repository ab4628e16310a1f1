import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ColumnValue } from '#columnar/vector/column.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import { statisticsOf } from '#columnar/vector/statistics.ts';
import { joinStatistics } from '#delta/join-statistics.ts';
import type { DataType, StructField } from '#delta/schema.ts';
import { field } from '../../support/schemas.ts';

const whole = () => false;

const join = (type: DataType, ...stats: string[]) =>
  joinStatistics(
    stats.map((text) => ({ stats: text, rows: JSON.parse(text).numRecords, lacks: whole })),
    [field('c', type)],
  );

const stats = (rows: number, min: string | undefined, max: string | undefined, nulls?: number) =>
  `{"numRecords":${rows},"minValues":{${min === undefined ? '' : `"c":${min}`}},"maxValues":{${max === undefined ? '' : `"c":${max}`}},"nullCount":{${nulls === undefined ? '' : `"c":${nulls}`}}}`;

test.each<[DataType, [string, string], [string, string], [string, string]]>([
  [
    'long',
    ['9007199254740993', '9007199254740993'],
    ['9007199254740992', '9007199254740994'],
    ['9007199254740992', '9007199254740994'],
  ],
  ['decimal(20,2)', ['-1.10', '99999999999999999.99'], ['-1.2', '3'], ['-1.2', '99999999999999999.99']],
  ['double', ['-0.5', '1e300'], ['"-Infinity"', '2.0'], ['"-Infinity"', '1e300']],
  ['double', ['1.0', '"NaN"'], ['0.5', '7.0'], ['0.5', '"NaN"']],
  ['string', ['"b"', '"\\ud83c\\udf0a"'], ['"a"', '"\\uff5e"'], ['"a"', '"🌊"']],
  ['date', ['"2020-01-02"', '"2020-01-03"'], ['"1999-12-31"', '"2020-01-01"'], ['"1999-12-31"', '"2020-01-03"']],
  [
    'timestamp',
    ['"2020-01-01T00:00:00.000Z"', '"2020-01-01T00:00:00.000Z"'],
    ['"2020-01-01T01:00:00.000+02:00"', '"2020-01-01T00:00:00.001Z"'],
    ['"2020-01-01T01:00:00.000+02:00"', '"2020-01-01T00:00:00.001Z"'],
  ],
])('bounds of %s', (type, [min, max], [otherMin, otherMax], [least, greatest]) => {
  const both = [stats(2, min, max, 0), stats(3, otherMin, otherMax, 1)] as const;
  const expected = stats(5, least, greatest, 1);
  expect(join(type, ...both)).toBe(expected);
  expect(join(type, both[1], both[0])).toBe(expected);
});

test('what one file does not say is not said of all', () => {
  expect(join('long', stats(1, '1', '1', 0), stats(1, '2', undefined, 0))).toBe(stats(2, '1', undefined, 0));
  expect(join('long', stats(1, '1', '1', 0), stats(1, '2', '2'))).toBe(stats(2, '1', '2'));
  expect(join('long', stats(1, '1', '1', 0), '{"numRecords":4}')).toBe(stats(5, undefined, undefined));
});

test('statistics that are no JSON object say nothing', () => {
  for (const text of ['', 'null', '{"numRecords":', '[]', '7']) {
    const files = [stats(1, '1', '1', 0), text].map((own) => ({ stats: own, rows: 1, lacks: whole }));
    expect(joinStatistics(files, [field('c', 'long')])).toBe(stats(2, undefined, undefined));
  }
});

test('a file of nulls has no say in bounds', () => {
  expect(join('long', stats(3, undefined, undefined, 3), stats(1, '2', '3', 0))).toBe(stats(4, '2', '3', 3));
});

test('types without an order, and texts that are none of the type, have no bounds', () => {
  expect(join('boolean', stats(1, 'true', 'true', 0), stats(1, 'false', 'true', 0))).toBe(
    stats(2, undefined, undefined, 0),
  );
  expect(join('decimal(5,2)', stats(1, '1E+2', '1E+2', 0), stats(1, '1', '1', 0))).toBe(
    stats(2, undefined, undefined, 0),
  );
});

test('dates beyond four digits of year, and binary, are not compared as texts', () => {
  expect(join('date', stats(1, '"2020-01-01"', '"9999-12-31"', 0), stats(1, '"2021-01-01"', '"+10000-01-01"', 0))).toBe(
    stats(2, '"2020-01-01"', undefined, 0),
  );
  expect(join('date', stats(1, '"-0044-03-15"', '"2020-01-01"', 0), stats(1, '"-0100-01-01"', '"2021-01-01"', 0))).toBe(
    stats(2, undefined, '"2021-01-01"', 0),
  );
  expect(join('binary', stats(1, '"a"', '"a"', 0), stats(1, '"\\\\xff"', '"\\\\xff"', 0))).toBe(
    stats(2, undefined, undefined, 0),
  );
});

test('bounds that are not tight are not tight together', () => {
  const loose = stats(1, '1', '2', 0).replace(/}$/, ',"tightBounds":false}');
  expect(JSON.parse(join('long', loose, stats(1, '0', '1', 0)))).toMatchObject({
    tightBounds: false,
    minValues: { c: 0 },
  });
});

test('a file without a column has nulls there, in a struct too', () => {
  const fields = [
    field('id', 'long'),
    field('s', { type: 'struct', fields: [field('x', 'long'), field('y', 'string')] }),
  ];
  const older = { stats: '{"numRecords":2,"minValues":{"id":1},"maxValues":{"id":2},"nullCount":{"id":0}}', rows: 2 };
  const newer = {
    stats:
      '{"numRecords":1,"minValues":{"id":3,"s":{"x":5}},"maxValues":{"id":3,"s":{"x":5}},"nullCount":{"id":0,"s":{"x":0,"y":1}}}',
    rows: 1,
  };
  const joined = joinStatistics(
    [
      { ...older, lacks: (name) => name === 's' },
      { ...newer, lacks: whole },
    ],
    fields,
  );
  expect(JSON.parse(joined)).toEqual({
    numRecords: 3,
    minValues: { id: 1, s: { x: 5 } },
    maxValues: { id: 3, s: { x: 5 } },
    nullCount: { id: 0, s: { x: 2, y: 3 } },
  });
});

const columns: [StructField, fc.Arbitrary<ColumnValue>][] = [
  [field('long', 'long'), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  [field('double', 'double'), fc.double({ noNaN: true })],
  [field('string', 'string'), fc.string({ unit: 'grapheme', maxLength: 40 })],
  [field('decimal', 'decimal(20,2)'), fc.bigInt({ min: -(10n ** 20n) + 1n, max: 10n ** 20n - 1n })],
  [field('date', 'date'), fc.integer({ min: -700_000, max: 2_900_000 })],
  [field('timestamp', 'timestamp'), fc.bigInt({ min: -60_000_000_000_000_000n, max: 250_000_000_000_000_000n })],
];

test('statistics of parts, joined, are those of the whole', () => {
  const fields = columns.map(([column]) => column);
  const row = fc.tuple(...columns.map(([, values]) => fc.option(values, { freq: 4 })));
  const describe = (rows: readonly (readonly ColumnValue[])[]) => {
    const filled = new RowColumns(fields);
    for (const values of rows) filled.append(values);
    return statisticsOf(filled);
  };
  fc.assert(
    fc.property(fc.array(fc.array(row, { maxLength: 4 }), { minLength: 1, maxLength: 4 }), (parts) => {
      const files = parts.map((rows) => ({ stats: describe(rows), rows: rows.length, lacks: whole }));
      const [joined, expected] = [joinStatistics(files, fields), describe(parts.flat())].map(
        (text) => JSON.parse(text) as { minValues: Record<string, unknown>; maxValues: Record<string, unknown> },
      );
      // Cut-off bounds of texts may be wider than those of all texts together.
      for (const { maxValues } of [joined!, expected!]) delete maxValues.string;
      expect(joined).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});
