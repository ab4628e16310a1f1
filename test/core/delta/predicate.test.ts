import { describe, expect, test } from 'vitest';
import type { AddFile, MetaData } from '#delta/actions.ts';
import { bindPredicate, matchesPartition, matchesRow, mayMatchFile, parsePredicate } from '#delta/predicate.ts';
import type { StructType } from '#delta/schema.ts';
import type { Value } from '#delta/value.ts';
import { field, listOf } from '../../support/schemas.ts';

const schema: StructType = {
  type: 'struct',
  fields: [
    field('day', 'date'),
    field('id', 'long'),
    field('name', 'string'),
    field('ratio', 'double'),
    field('price', 'decimal(20,2)'),
    field('at', 'timestamp'),
    field('tags', listOf('string')),
    field('a.b', { type: 'struct', fields: [field('C', 'integer')] }),
  ],
};
const metaData: MetaData = {
  id: 'table',
  format: { provider: 'parquet', options: {} },
  schemaString: JSON.stringify(schema),
  partitionColumns: ['day'],
  configuration: {},
};
const bound = (text: string) => bindPredicate(parsePredicate(text), schema);

function add(stats: object | undefined, day: string | null = '2024-01-01'): AddFile {
  const text = stats === undefined ? {} : { stats: JSON.stringify(stats) };
  return { path: 'x', partitionValues: { day }, size: 1, modificationTime: 0, dataChange: true, ...text };
}

describe('the grammar', () => {
  test.each([
    ['', []],
    ['day = 2024-01-01', [{ column: 'day', operator: '=', values: ['2024-01-01'] }]],
    [
      "id>=-3 AND name!='it''s' and day IN (2024-01-01 , '2024-01-02')",
      [
        { column: 'id', operator: '>=', values: ['-3'] },
        { column: 'name', operator: '!=', values: ["it's"] },
        { column: 'day', operator: 'in', values: ['2024-01-01', '2024-01-02'] },
      ],
    ],
    ['`a.b`.C < 3', [{ column: 'a.b.C', operator: '<', values: ['3'] }]],
    ["`od`` d` = ''", [{ column: 'od` d', operator: '=', values: [''] }]],
  ])('%s', (text, expected) => {
    expect(parsePredicate(text)).toEqual(expected);
  });

  test.each([
    ['day', '"day": expected one of =, !=, <, <=, >, >=, in, got its end'],
    ['day = ', '"day = ": expected a value, got its end'],
    ['day = 1 or id = 2', '"day = 1 or id = 2": expected "and", got "or" at character 9'],
    ['day in 1', '"day in 1": expected "(", got "1" at character 8'],
    ['day in (1', '"day in (1": expected "," or ")", got its end'],
    ["name = 'x", `"name = 'x": expected a closing quote, got "'x" at character 8`],
    ["'x' = 3", `"'x' = 3": expected a column, got "x" at character 1`],
  ])('%s is refused', (text, message) => {
    expect(() => parsePredicate(text)).toThrow(expect.objectContaining({ name: 'PredicateError', message }));
  });
});

describe('columns and literals', () => {
  test('names are found by case first, with dots in them, and inside structs', () => {
    expect(bound('ID = 1 and a.b.c = 2').map(({ column }) => column)).toEqual(['id', 'a.b.C']);
  });

  test.each([
    ['nix = 1', 'nix: expected a column among day, id, name, ratio, price, at, tags, a.b'],
    ['tags = 1', 'tags: expected a primitive column, got one of arrays'],
    ['id = 1.5', 'id: expected an integer from -9223372036854775808 to 9223372036854775807 to compare with, got "1.5"'],
    [
      'a.b.C = 2147483648',
      'a.b.C: expected an integer from -2147483648 to 2147483647 to compare with, got "2147483648"',
    ],
    ['day = today', 'day: expected a date such as 2024-06-15 to compare with, got "today"'],
    ['day = 2026-02-30', 'day: expected a date such as 2024-06-15 to compare with, got "2026-02-30"'],
    [
      'at > 2026-02-30T10:00:00Z',
      'at: expected a timestamp such as 2024-06-15T19:30:45Z to compare with, got "2026-02-30T10:00:00Z"',
    ],
    ['at = noon', 'at: expected a timestamp such as 2024-06-15T19:30:45Z to compare with, got "noon"'],
    ['price = x', 'price: expected a decimal number to compare with, got "x"'],
    ['ratio = x', 'ratio: expected a number to compare with, got "x"'],
  ])('%s is refused', (text, message) => {
    expect(() => bound(text)).toThrow(expect.objectContaining({ name: 'PredicateError', message }));
  });

  test.each<[string, string, Value, boolean]>([
    ['id = 9007199254740993', 'id', 9007199254740993n, true],
    ['id = 9007199254740993', 'id', 9007199254740992n, false],
    ['id != 1', 'id', null, false],
    ['price = 1.5', 'price', '1.50', true],
    ['price > 1.499', 'price', '1.50', true],
    ['price < -0.5', 'price', '-1.00', true],
    ['ratio > 5', 'ratio', Number.NaN, true],
    ['ratio = NaN', 'ratio', Number.NaN, true],
    ['ratio = 0', 'ratio', -0, true],
    ['at = 2024-01-01T01:00:00.000001+01:00', 'at', 1_704_067_200_000_001n, true],
    ['at >= 2024-01-01', 'at', 1_704_067_200_000_000n, true],
    ['name > ￿', 'name', '😀', true],
    ['name in (a, b)', 'name', 'b', true],
    ['name in (a, b)', 'name', 'c', false],
  ])('%s of %s %s is %s', (text, column, value, expected) => {
    expect(matchesRow(bound(text), (asked) => (asked === column ? value : null))).toBe(expected);
  });
});

describe('files', () => {
  const stats = {
    numRecords: 10,
    minValues: { id: 5, name: 'berlin', ratio: 0.5, price: 1.25, at: '2024-01-01T00:00:00.000Z', 'a.b': { C: 3 } },
    maxValues: { id: 9, name: 'berlio', ratio: 0.75, price: 2.5, at: '2024-01-01T00:00:00.123Z', 'a.b': { C: 3 } },
    nullCount: { id: 0, name: 0, 'a.b': { C: 0 } },
  };
  test.each([
    ['id = 4', false],
    ['id = 5', true],
    ['id in (1, 10)', false],
    ['id in (1, 7)', true],
    ['id < 5', false],
    ['id <= 5', true],
    ['id > 9', false],
    ['id >= 9', true],
    ['a.b.C != 3', false],
    ['a.b.C != 4', true],
    ['name = berlin-mitte', true],
    ['name = bonn', false],
    ['price < 1.249', false],
    ['price > 2.5', false],
    ['at > 2024-01-01T00:00:00.123998Z', true],
    ['at > 2024-01-01T00:00:00.123999Z', false],
    ['ratio < 0.5', false],
    ['ratio = 1', false],
    ['ratio > 1', true],
    ['ratio = NaN', true],
    ['id = 7 and id = 4', false],
    ['day = 2024-01-02', false],
    ['day >= 2024-01-01 and id = 7', true],
  ])('statistics say of %s: %s', (text, expected) => {
    expect(mayMatchFile(bound(text), add(stats), metaData)).toBe(expected);
  });

  test('bounds past doubles are exact', () => {
    const text = '{"numRecords":2,"minValues":{"id":9007199254740993},"maxValues":{"id":9007199254740993}}';
    const file = { ...add(undefined), stats: text };
    expect(mayMatchFile(bound('id = 9007199254740992'), file, metaData)).toBe(false);
    expect(mayMatchFile(bound('id = 9007199254740993'), file, metaData)).toBe(true);
  });

  test('a column of nulls alone matches nothing, whatever is asked', () => {
    const nulls = { numRecords: 10, nullCount: { id: 10 } };
    expect(mayMatchFile(bound('id != 3'), add(nulls), metaData)).toBe(false);
  });

  test.each([[undefined], [{}], [{ numRecords: 3, minValues: { id: 'x' } }]])('%o excludes nothing', (absent) => {
    expect(mayMatchFile(bound('id = 3 and name < a'), add(absent), metaData)).toBe(true);
  });

  test('a column that was of floats has bounds in the digits of floats', () => {
    const widened = { ...schema, fields: [field('ratio', 'double', { metadata: { 'delta.typeChanges': [] } })] };
    const predicate = bindPredicate(parsePredicate(`ratio >= 0.1 and ratio = ${Math.fround(0.1)}`), widened);
    const file = add({ numRecords: 1, minValues: { ratio: 0.1 }, maxValues: { ratio: 0.1 } });
    expect(mayMatchFile(predicate, file, metaData)).toBe(true);
  });

  test('partitions match as a whole', () => {
    expect(matchesPartition(bound('day in (2024-01-01)'), add(undefined), metaData)).toBe(true);
    expect(matchesPartition(bound('day < 2024-01-01'), add(undefined), metaData)).toBe(false);
    expect(matchesPartition(bound('day != 2024-01-01'), add(undefined, null), metaData)).toBe(false);
    expect(() => matchesPartition(bound('id = 1'), add(undefined), metaData)).toThrow(
      'expected a predicate of partition columns (day), got id',
    );
  });

  test('statistics that are no value of their type exclude nothing', () => {
    const dates: StructType = { type: 'struct', fields: [field('d', 'date')] };
    const matches = (text: string, type: string, [min, max]: [string, string]) => {
      const predicate = bindPredicate(parsePredicate(text), { ...dates, fields: [field('d', type)] });
      return mayMatchFile(predicate, add({ numRecords: 2, minValues: { d: min }, maxValues: { d: max } }), metaData);
    };
    expect(matches('d = 2024-01-01', 'date', ['2020-01-01', '+10000-01-01'])).toBe(true);
    expect(matches('d = 2019-01-01', 'date', ['2020-01-01', '+10000-01-01'])).toBe(false);
    expect(matches('d > 5', 'double', ['-inf', 'inf'])).toBe(true);
    expect(matches('d < 5', 'double', ['-inf', 'inf'])).toBe(true);
    expect(matches('d = 5', 'double', ['-inf', 'inf'])).toBe(true);
    expect(matches('d < 5', 'double', ['NaN', 'NaN'])).toBe(false);
  });

  test('dates past year 9999 come after those before', () => {
    const dates: StructType = { type: 'struct', fields: [field('d', 'date')] };
    const predicate = bindPredicate(parsePredicate('d > 2024-01-01'), dates);
    expect(matchesRow(predicate, () => '+010000-01-01')).toBe(true);
    expect(matchesRow(predicate, () => '-000001-01-01')).toBe(false);
  });

  test('an empty partition value is null', () => {
    const byName = { ...metaData, partitionColumns: ['name'] };
    const file = { partitionValues: { name: '' } };
    expect(matchesPartition(bound("name != 'x'"), file, byName)).toBe(false);
    expect(matchesPartition(bound("name = ''"), file, byName)).toBe(false);
  });

  test('physical names lead to mapped columns', () => {
    const mapped = (name: string, physical: string, type: string) =>
      field(name, type, { metadata: { 'delta.columnMapping.physicalName': physical, 'delta.columnMapping.id': 1 } });
    const mappedSchema: StructType = {
      type: 'struct',
      fields: [mapped('id', 'col-1', 'long'), mapped('p', 'col-2', 'long')],
    };
    const mappedTable = { ...metaData, partitionColumns: ['p'], configuration: { 'delta.columnMapping.mode': 'name' } };
    const file = {
      ...add({ numRecords: 1, minValues: { 'col-1': 3 }, maxValues: { 'col-1': 3 } }),
      partitionValues: { 'col-2': '7' },
    };
    const matches = (text: string) =>
      mayMatchFile(bindPredicate(parsePredicate(text), mappedSchema), file, mappedTable);
    expect(matches('id = 3 and p = 7')).toBe(true);
    expect(matches('id = 4')).toBe(false);
    expect(matches('p = 8')).toBe(false);
  });
});
