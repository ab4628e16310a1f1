import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { describe, expect, test } from 'vitest';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import type { Compression } from '#columnar/encode/page-compression.ts';
import type { ColumnValue } from '#columnar/vector/column.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import type { DataType, StructField } from '#delta/schema.ts';
import { duckdbRowsOf } from '../../../support/duckdb.ts';
import { field, listOf } from '../../../support/schemas.ts';

const hyparquetRows = (bytes: Uint8Array) => {
  const file = bytes.slice().buffer as ArrayBuffer;
  return parquetReadObjects({ file, compressors, utf8: false });
};

async function fileOf(fields: StructField[], rows: ColumnValue[][], compression: Compression = 'zstd') {
  const columns = new RowColumns(fields);
  for (const row of rows) columns.append(row);
  return (await encodeParquet(columns, compression)).bytes;
}

/** Each type: what is written, and how DuckDB prints it. */
const types: { type: DataType; written: ColumnValue[]; printed: (string | null)[] }[] = [
  { type: 'byte', written: [-128, null, 127], printed: ['-128', null, '127'] },
  { type: 'short', written: [-32768, null, 32767], printed: ['-32768', null, '32767'] },
  { type: 'integer', written: [-2147483648, null, 2147483647], printed: ['-2147483648', null, '2147483647'] },
  {
    type: 'long',
    written: [-(2n ** 63n), null, 2n ** 63n - 1n, 9007199254740993n],
    printed: ['-9223372036854775808', null, '9223372036854775807', '9007199254740993'],
  },
  { type: 'double', written: [0.1, null, 1e300, -0.5], printed: ['0.1', null, '1e+300', '-0.5'] },
  { type: 'float', written: [0.5, null, -2.25], printed: ['0.5', null, '-2.25'] },
  { type: 'boolean', written: [true, null, false], printed: ['true', null, 'false'] },
  { type: 'string', written: ['Grüße 🌊', null, '', '日本'], printed: ['Grüße 🌊', null, '', '日本'] },
  { type: 'binary', written: [new Uint8Array([0, 255]), null], printed: ['\\x00\\xFF', null] },
  { type: 'date', written: [0, null, -1, 19_000], printed: ['1970-01-01', null, '1969-12-31', '2022-01-08'] },
  {
    type: 'timestamp',
    written: [1_718_479_845_123_456n, null, -1n],
    printed: ['2024-06-15 19:30:45.123456+00', null, '1969-12-31 23:59:59.999999+00'],
  },
  { type: 'timestamp_ntz', written: [1_718_479_845_123_456n, null], printed: ['2024-06-15 19:30:45.123456', null] },
  { type: 'decimal(9,2)', written: [-999999999n, null, 5n], printed: ['-9999999.99', null, '0.05'] },
  {
    type: 'decimal(18,6)',
    written: [123456789012345678n, null, -1n],
    printed: ['123456789012.345678', null, '-0.000001'],
  },
  {
    type: 'decimal(38,10)',
    written: [-(10n ** 38n) + 1n, null, 2n ** 64n, 10n ** 37n],
    printed: [
      '-9999999999999999999999999999.9999999999',
      null,
      '1844674407.3709551616',
      '1000000000000000000000000000.0000000000',
    ],
  },
  {
    type: listOf('long'),
    written: [[1n, null, 2n ** 60n], null, []],
    printed: ['[1, NULL, 1152921504606846976]', null, '[]'],
  },
  {
    type: {
      type: 'struct',
      fields: [field('a', 'string'), field('b', listOf({ type: 'struct', fields: [field('c', 'decimal(20,0)')] }))],
    },
    written: [['x', [[18446744073709551615n], null]], null, [null, null]],
    printed: ["{'a': x, 'b': [{'c': 18446744073709551615}, NULL]}", null, "{'a': NULL, 'b': NULL}"],
  },
];

describe('values come back from DuckDB as they went in', () => {
  test.each(types)('$type', async ({ type, written, printed }) => {
    const bytes = await fileOf(
      [field('v', type)],
      written.map((value) => [value]),
    );
    const text = type === 'timestamp' ? "(v AT TIME ZONE 'UTC')::VARCHAR || '+00'" : 'v::VARCHAR';
    const rows = await duckdbRowsOf(bytes, `SELECT ${text} FROM $file`);
    expect(rows.map(([value]) => value)).toEqual(printed);
  });
});

test.each(['zstd', 'snappy', 'none'] as const)('hyparquet reads %s', async (compression) => {
  const bytes = await fileOf(
    [field('id', 'long'), field('name', 'string'), field('at', 'timestamp'), field('price', 'decimal(28,6)')],
    [
      [9007199254740993n, 'ä', 1_500_000_000_123_456n, 1234567n],
      [null, null, null, null],
    ],
    compression,
  );
  const [first, second] = await hyparquetRows(bytes);
  expect(first).toMatchObject({ id: 9007199254740993n, name: 'ä' });
  expect(second).toMatchObject({ id: null, name: null, at: null, price: null });
});

test('types in the footer are those that Delta names', async () => {
  const bytes = await fileOf(
    [
      field('at', 'timestamp'),
      field('local', 'timestamp_ntz'),
      field('tags', listOf('string')),
      field('price', 'decimal(28,6)'),
      field('small', 'byte'),
    ],
    [[0n, 0n, ['a'], 1n, 1]],
  );
  const { schema } = parquetMetadata(bytes.slice().buffer as ArrayBuffer);
  const byName = Object.fromEntries(schema.map((element) => [element.name, element]));
  expect(byName.at?.logical_type).toEqual({ type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' });
  expect(byName.local?.logical_type).toEqual({ type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' });
  expect(schema.map(({ name }) => name)).toContain('element');
  expect(byName.price).toMatchObject({
    type: 'FIXED_LEN_BYTE_ARRAY',
    logical_type: { type: 'DECIMAL', precision: 28, scale: 6 },
  });
  expect(byName.small).toMatchObject({ type: 'INT32' });
});

test('columns grow past their first buffers', async () => {
  const rows = Array.from({ length: 5000 }, (_, index): ColumnValue[] => [
    BigInt(index),
    index % 3 === 0 ? null : `row ${index} ${'x'.repeat(20)}`,
    index % 2 === 0,
    [index],
    BigInt(index),
  ]);
  const bytes = await fileOf(
    [
      field('id', 'long'),
      field('text', 'string'),
      field('even', 'boolean'),
      field('list', listOf('integer')),
      field('cents', 'decimal(10,2)'),
    ],
    rows,
  );
  const read = await duckdbRowsOf(
    bytes,
    `SELECT count(*)::VARCHAR, sum(id)::VARCHAR, count(text)::VARCHAR, count(*) FILTER (even)::VARCHAR, sum(list[1])::VARCHAR,
     sum(cents)::VARCHAR, count(*) FILTER (text = 'row ' || id || ' ' || repeat('x', 20))::VARCHAR FROM $file`,
  );
  expect(read).toEqual([['5000', '12497500', '3333', '2500', '12497500', '124975.00', '3333']]);
});
