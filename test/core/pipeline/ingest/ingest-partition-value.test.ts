import { encode } from '@msgpack/msgpack';
import { expect, test } from 'vitest';
import type { ColumnValue } from '#columnar/vector/column.ts';
import type { DataType } from '#delta/schema.ts';
import { partitionValueOf } from '#pipeline/coerce/partition-value.ts';
import { ingestWorld, record } from '../../../support/ingest.ts';

test.each<[DataType, ColumnValue, string | null]>([
  ['string', null, null],
  ['string', '', null],
  ['string', 'A/A ä', 'A/A ä'],
  ['long', -5n, '-5'],
  ['integer', 7, '7'],
  ['boolean', false, 'false'],
  ['double', 1, '1.0'],
  ['double', -0, '-0.0'],
  ['double', 0.001, '0.001'],
  ['double', 0.00012, '1.2E-4'],
  ['double', 9999999, '9999999.0'],
  ['double', 1e7, '1.0E7'],
  ['double', 1.5e300, '1.5E300'],
  ['double', Number.NaN, 'NaN'],
  ['double', Number.NEGATIVE_INFINITY, '-Infinity'],
  ['decimal(10,3)', 1230n, '1.230'],
  ['date', 19782, '2024-02-29'],
  ['timestamp', 1718479845000000n, '2024-06-15T19:30:45.000000Z'],
  ['timestamp', -1n, '1969-12-31T23:59:59.999999Z'],
  ['timestamp_ntz', 1718479845123456n, '2024-06-15 19:30:45.123456'],
  ['binary', new TextEncoder().encode('ä'), 'ä'],
  ['binary', new Uint8Array(), null],
])('%s %s is %s', (type, value, text) => {
  expect(partitionValueOf(type, value)).toBe(text);
});

test.each<[DataType, ColumnValue, RegExp]>([
  ['binary', new Uint8Array([255]), /expected bytes of UTF-8/],
  ['string', 'x'.repeat(513), /expected a partition value of 512 characters at most, got 513/],
  [{ type: 'array', elementType: 'long', containsNull: true }, [], /expected a partition column of a primitive type/],
])('%s has no text for it', (type, value, message) => {
  expect(() => partitionValueOf(type, value)).toThrow(
    expect.objectContaining({ error: 'PartitionValue', message: expect.stringMatching(message) }),
  );
});

test.each<[DataType, bigint]>([
  ['timestamp', 253402300800000000n],
  ['timestamp_ntz', -62135596800000001n],
])('%s %s is no time that every reader has', (type, micros) => {
  expect(() => partitionValueOf(type, micros)).toThrow(
    expect.objectContaining({ error: 'InvalidTimestamp', message: expect.stringContaining(String(micros)) }),
  );
});

test('numbers that JSON has not are partitions of their own', async () => {
  const schema = [
    { name: 'id', type: 'long' },
    { name: 'd', type: 'double' },
  ];
  const world = ingestWorld({ schema, partitionBy: ['d'] }, { format: 'msgpack' });
  const values = [null, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, Number.NaN];
  await world.ingest(values.map((d, id) => record(id, encode({ id, d }, { forceIntegerToFloat: true }))));
  const rows = (await world.rows('clicks')).map(({ id, d }) => [Number(id), d]);
  expect(rows.sort(([left], [right]) => Number(left) - Number(right))).toEqual([
    [0, null],
    [1, 'NaN'],
    [2, 'Infinity'],
    [3, '-Infinity'],
    [4, '0.0'],
    [5, '-0.0'],
    [6, 'NaN'],
  ]);
});
