import { describe, expect, test } from 'vitest';
import type { ColumnValue } from '#columnar/vector/column.ts';
import type { DataType, StructType } from '#delta/schema.ts';
import { decodeJson } from '#formats/json.ts';
import { rowCoercion } from '#pipeline/coerce/coerce-row.ts';
import { Misfit } from '#pipeline/coerce/misfit.ts';
import { record } from '../../../support/ingest.ts';
import { field, listOf, struct, structOf } from '../../../support/schemas.ts';

const utf8 = new TextEncoder();

function rowOf(schema: StructType, json: string, positionColumns = false): ColumnValue[] | Misfit {
  const decoded = decodeJson(utf8.encode(json));
  if (decoded.kind !== 'record') throw new Error(decoded.message);
  return rowCoercion(schema, positionColumns)(decoded.record, record(7, json));
}

const longs: DataType = listOf('long');

const accepted: [type: DataType, json: string, value: ColumnValue][] = [
  ['long', '9007199254740993', 9007199254740993n],
  ['long', '-9223372036854775808', -(2n ** 63n)],
  ['long', '9223372036854775807', 2n ** 63n - 1n],
  ['long', '1.0', 1n],
  ['long', '12e3', 12000n],
  ['long', '1230e-1', 123n],
  ['long', '-0', 0n],
  ['long', '0e999999999', 0n],
  ['long', '"9007199254740993"', 9007199254740993n],
  ['integer', '2147483647', 2147483647],
  ['short', '-32768', -32768],
  ['byte', '127', 127],
  ['double', '0.1', 0.1],
  ['double', '9007199254740992', 9007199254740992],
  ['double', '9007199254740993.5', 9007199254740994],
  ['double', '-0', -0],
  ['double', '0e5', 0],
  ['float', '0.1', Math.fround(0.1)],
  ['float', '16777216', 16777216],
  ['decimal(5,2)', '123.45', 12345n],
  ['decimal(5,2)', '-123.4500', -12345n],
  ['decimal(5,2)', '1.2345e2', 12345n],
  ['decimal(5,2)', '0', 0n],
  ['decimal(38,0)', '99999999999999999999999999999999999999', 10n ** 38n - 1n],
  ['decimal(28,6)', '"12345678901234567890.123456"', 12345678901234567890123456n],
  ['boolean', 'false', false],
  ['string', '"ä🌊"', 'ä🌊'],
  ['string', '""', ''],
  ['string', '{"a": [1, 2.50 ]}', '{"a": [1, 2.50 ]}'],
  ['string', '[ ]', '[ ]'],
  ['string', '1.50', '1.50'],
  ['string', 'true', 'true'],
  ['binary', '"AP8="', Buffer.from([0, 255])],
  ['date', '"2024-02-29"', 19782],
  ['timestamp', '"2024-06-15T19:30:45.123456Z"', 1718479845123456n],
  ['timestamp', '"2024-06-15T21:30:45.1+02:00"', 1718479845100000n],
  ['timestamp', '"2024-06-15T14:00-0530"', 1718479800000000n],
  ['timestamp', '"2024-06-15 19:30:45.123456000z"', 1718479845123456n],
  ['timestamp', '"1969-12-31T23:59:59.999999Z"', -1n],
  ['timestamp', '"0001-01-01T00:00:00Z"', -62135596800000000n],
  ['timestamp_ntz', '"2024-06-15T19:30:45.123456"', 1718479845123456n],
  [longs, '[1,null,9007199254740993]', [1n, null, 9007199254740993n]],
  [longs, '[]', []],
  [structOf({ a: 'long', b: 'string' }), '{"b":"x"}', [null, 'x']],
  ['long', 'null', null],
];

describe('values become exactly what their column holds', () => {
  test.each(accepted)('%j takes %s', (type, json, value) => {
    expect(rowOf(structOf({ v: type }), `{"v":${json}}`)).toEqual([value]);
  });
});

const refused: [type: DataType, json: string, error: string, message: string | RegExp, path?: string][] = [
  ['long', '1.5', 'LossyValue', 'expected long, which cannot hold number 1.5 exactly'],
  ['long', '9223372036854775808', 'LossyValue', /^expected long, .* number 9223372036854775808 exactly$/],
  ['long', '1e400', 'LossyValue', /1e400/],
  ['long', '1e999999999', 'LossyValue', /1e999999999/],
  ['long', '1'.repeat(1_000_000), 'LossyValue', /^expected long, which cannot hold number 1{60}… exactly$/],
  ['long', '"abc"', 'TypeMismatch', 'expected long, got string "abc"'],
  ['long', '"1e3"', 'TypeMismatch', 'expected long, got string "1e3"'],
  ['long', 'true', 'TypeMismatch', 'expected long, got boolean true'],
  ['long', '{"a":1}', 'TypeMismatch', 'expected long, got object {"a":1}'],
  ['integer', '2147483648', 'LossyValue', /integer.*2147483648/],
  ['integer', '"5"', 'TypeMismatch', 'expected integer, got string "5"'],
  ['byte', '-129', 'LossyValue', /byte/],
  ['double', '9007199254740993', 'LossyValue', 'expected double, which cannot hold number 9007199254740993 exactly'],
  ['double', '1e400', 'LossyValue', /1e400/],
  ['double', '1e-400', 'LossyValue', /1e-400/],
  ['double', '"1.5"', 'TypeMismatch', 'expected double, got string "1.5"'],
  ['float', '16777217', 'LossyValue', /float/],
  ['float', '1e39', 'LossyValue', /float/],
  ['decimal(5,2)', '1.234', 'LossyValue', 'expected decimal(5,2), which cannot hold number 1.234 exactly'],
  ['decimal(5,2)', '1000', 'LossyValue', /1000/],
  ['decimal(5,2)', '"x"', 'TypeMismatch', 'expected decimal(5,2), got string "x"'],
  ['boolean', '1', 'TypeMismatch', 'expected boolean, got number 1'],
  ['binary', '"AP8"', 'TypeMismatch', /binary as base64/],
  ['date', '"2023-02-29"', 'InvalidTimestamp', /no day of the calendar/],
  ['date', '"2024-01-01T00:00:00Z"', 'InvalidTimestamp', /date \(YYYY-MM-DD\).*with an offset/],
  ['timestamp', '"2024-06-15T19:30:45"', 'InvalidTimestamp', /without an offset/],
  ['timestamp', '"2024-06-15"', 'InvalidTimestamp', /a date$/],
  ['timestamp', '"yesterday"', 'InvalidTimestamp', /got string "yesterday": no date and time of ISO 8601/],
  ['timestamp', '"2024-06-15T24:00:00Z"', 'InvalidTimestamp', /no time of day/],
  ['timestamp', '"2024-06-15T19:30:60Z"', 'InvalidTimestamp', /no time of day/],
  ['timestamp', '"2024-06-15T19:30:45.1234567Z"', 'InvalidTimestamp', /finer than microseconds/],
  ['timestamp', '"0000-01-01T00:00:00Z"', 'InvalidTimestamp', /no day of the calendar/],
  ['timestamp', '"2024-06-15T19:30:45+19:00"', 'InvalidTimestamp', /no offset from UTC/],
  ['timestamp', '"9999-12-31T23:59:59-18:00"', 'InvalidTimestamp', /not in the years 0001 to 9999 of UTC$/],
  ['timestamp', '"0001-01-01T00:00:00+00:01"', 'InvalidTimestamp', /not in the years 0001 to 9999 of UTC$/],
  ['timestamp', '1718479845', 'TypeMismatch', /^expected timestamp .* got number 1718479845$/],
  ['timestamp_ntz', '"2024-06-15T19:30:45Z"', 'InvalidTimestamp', /with an offset/],
  [longs, '{"a":1}', 'TypeMismatch', 'expected array, got object {"a":1}'],
  [longs, '[1,"x"]', 'TypeMismatch', 'expected long, got string "x"', '$.v[1]'],
  [{ ...longs, containsNull: false }, '[1,null]', 'MissingValue', /without nulls/, '$.v[1]'],
  [structOf({ a: longs }), '{"a":[0,1.5]}', 'LossyValue', /1\.5/, '$.v.a[1]'],
  [structOf({ a: 'long' }), '5', 'TypeMismatch', 'expected struct, got number 5'],
  [structOf({ a: 'long' }), '{"b":1}', 'UnknownColumn', /unknown column b$/, '$.v.b'],
  [
    struct(field('a', 'long', { nullable: false })),
    '{}',
    'MissingValue',
    'expected long for the column a (not nullable), got none',
    '$.v.a',
  ],
  ['variant', '{"a":1}', 'TypeMismatch', /columns of type variant cannot be written/],
];

describe('a value that would lose something is refused, naming both types', () => {
  test.each(refused)('%j refuses %s', (type, json, error, message, path = '$.v') => {
    const misfit = rowOf(structOf({ v: type }), `{"v":${json}}`);
    if (!(misfit instanceof Misfit)) throw new Error('expected a misfit');
    expect(misfit).toMatchObject({ error, path });
    expect(misfit.message).toMatch(message);
  });
});

describe('fields find their columns', () => {
  const schema = structOf({ US_Gross: 'long', Title: 'string' });

  test('names differ by case, and characters that Delta refuses are underscores', () => {
    expect(rowOf(schema, '{"title":"x","US Gross":1}')).toEqual([1n, 'x']);
    expect(rowOf(schema, '{"us=gross":1}')).toEqual([1n, null]);
  });

  test.each([
    ['{"US Gross":1,"US_Gross":2}', '$.US_Gross'],
    ['{"Title":"x","US Gross":1,"TITLE":"y"}', '$.TITLE'],
    ['{"US Gross":null,"Title":"x","us gross":1}', '$.us gross'],
  ])('two fields for one column: %s', (json, path) => {
    expect(rowOf(schema, json)).toMatchObject({ error: 'AmbiguousColumn', path });
  });

  test.each(['null', '[]', '{}', '[[]]', '{"a":null,"b":[]}'])('an unknown field with %s says nothing', (value) => {
    expect(rowOf(schema, `{"new":${value},"Title":"x"}`)).toEqual([null, 'x']);
  });

  test('position columns are ours', () => {
    const positions = structOf({ _source: 'string', v: 'long', _partition: 'string', _position: 'string' });
    expect(rowOf(positions, '{"v":1}', true)).toEqual(['clicks', 1n, '0', '7']);
    expect(rowOf(positions, '{"v":1,"_Position":"9"}', true)).toMatchObject({
      error: 'ReservedColumn',
      path: '$._Position',
    });
    expect(rowOf(positions, '{"v":1,"_position":"9"}')).toEqual([null, 1n, null, '9']);
  });
});
