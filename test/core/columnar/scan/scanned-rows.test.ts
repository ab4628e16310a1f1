import { expect, test } from 'vitest';
import { loadKernel } from '#columnar/kernel/kernel.ts';
import { JsonScanner } from '#columnar/scan/json-scanner.ts';
import { PayloadArena } from '#columnar/scan/payload-arena.ts';
import type { ColumnValue } from '#columnar/vector/column.ts';
import type { DataType } from '#delta/schema.ts';
import { isSameValue, valuesOf } from '../../../fuzz/vector-values.ts';
import { naming, scannerOf } from '../../../support/scanned-payloads.ts';
import { field, listOf, struct } from '../../../support/schemas.ts';

const schema = struct(
  field('day', 'date'),
  field('name', 'string'),
  field('n', 'double'),
  field('big', 'decimal(38,0)'),
  field('list', listOf(struct(field('x', 'integer'), field('y', 'string')))),
  field('flag', 'boolean'),
  field('raw', 'binary'),
);
const texts = Array.from({ length: 3000 }, (_, row) =>
  row % 10 === 3
    ? '{"day":"no day"}'
    : JSON.stringify({
        day: `2026-01-${10 + (row % 4)}`,
        name: row % 7 === 0 ? null : `name ${row % 5}`,
        n: row / 4,
        list: row % 3 === 0 ? undefined : Array.from({ length: row % 4 }, (_, x) => ({ x, y: `${row}` })),
        flag: row % 2 === 0,
      }),
);
const parsed = (row: number) => [
  row,
  `put ${row}`,
  -row,
  10n ** 30n + BigInt(row),
  [[row, null], null],
  null,
  Uint8Array.of(row & 255),
];

function filled() {
  const rows = scannerOf(schema)(texts);
  expect(rows.unscanned).toEqual(texts.flatMap((_, row) => (row % 10 === 3 ? [row] : [])));
  for (const row of rows.unscanned) rows.put(row, parsed(row));
  return rows;
}

test('rows hold scanned and parsed values side by side', () => {
  const rows = filled();
  expect([0, 1, 2, 3, 4, 5, 6].map((column) => rows.value(column, 13))).toEqual(parsed(13));
  expect([0, 1, 2, 3, 4, 5, 6].map((column) => rows.value(column, 14))).toEqual([
    20465,
    null,
    3.5,
    null,
    [
      [0, '14'],
      [1, '14'],
    ],
    true,
    null,
  ]);
});

test('rows become columns, all of them or some', () => {
  const rows = filled();
  const places = [0, 1, 2, 3, 4, 5, 6];
  const some = Int32Array.from({ length: 700 }, (_, index) => index * 4 + (index % 3));
  for (const chosen of [undefined, some, Int32Array.of(), Int32Array.of(2999)]) {
    const numbers = chosen === undefined ? texts.map((_, row) => row) : [...chosen];
    for (const [place, column] of rows.columns(places, chosen).entries()) {
      const expected = numbers.map((row) => rows.value(place, row));
      expect(column.length).toBe(numbers.length);
      expect(column.nullCount).toBe(expected.filter((value) => value === null).length);
      const found = valuesOf(column.vector(), schema.fields[place]?.type as DataType);
      expect(found.findIndex((value, index) => !isSameValue(value, expected[index] as ColumnValue))).toBe(-1);
    }
  }
});

test('rows are told apart by values, in the order in which these are first met', () => {
  const rows = filled();
  const all = Int32Array.from(texts, (_, row) => row);
  for (const columns of [[], [0], [1], [1, 0], [5, 2], [3], [6]]) {
    const byKey = new Map<string, number[]>();
    for (const row of all) {
      const key = columns.map((column) => String(rows.value(column, row))).join('|');
      byKey.set(key, [...(byKey.get(key) ?? []), row]);
    }
    expect(rows.groupRows(columns, all).map((group) => [...group.rows])).toEqual([...byKey.values()]);
  }
  expect(rows.groupRows([0], Int32Array.of())).toEqual([]);
});

test('rows get texts that no record has', () => {
  const rows = filled();
  const written = ['same', 'same', 'other', 'same', ''];
  for (const [row, text] of written.entries()) rows.putText(1, row, text);
  expect(written.map((_, row) => rows.value(1, row))).toEqual(written);
  expect(() => rows.putText(1, 3000, 'x')).toThrow('expected one of 3000 rows, got 3000');
  expect(() => rows.value(9, 0)).toThrow('expected one of 7 columns, got 9');
});

test('rows come of payloads in any memory', () => {
  const kernel = loadKernel();
  const scanner = new JsonScanner(kernel, schema, naming, new Set());
  const arena = new PayloadArena(kernel);
  const twice = arena.add(Buffer.from('{"n":1}{"n":2}'));
  const rows = scanner.scan([Buffer.from('{"n":3}'), twice.subarray(0, 7), twice.subarray(7), undefined, twice]);
  expect([0, 1, 2, 3].map((row) => rows.value(2, row))).toEqual([3, 1, 2, null]);
  expect(rows.unscanned).toEqual([4]);
  expect(scanner.scan([]).length).toBe(0);
});
