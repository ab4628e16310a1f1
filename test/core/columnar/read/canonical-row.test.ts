import { expect, test } from 'vitest';
import { canonicalRow } from '#columnar/read/canonical-row.ts';
import type { DataType } from '#delta/schema.ts';
import { compareUtf8 } from '#delta/value.ts';
import { field, listOf, mapOf } from '../../../support/schemas.ts';

const text = (type: DataType, value: Parameters<ReturnType<typeof canonicalRow>>[0][string]): string =>
  canonicalRow([{ name: 'v', type, nullable: true, metadata: {} }])({ v: value }).slice('{"v":'.length, -1);

test.each<[DataType, Parameters<typeof text>[1], string]>([
  ['long', -(2n ** 63n), '-9223372036854775808'],
  ['integer', -1, '-1'],
  ['double', 0.1, '0.1'],
  ['double', 1e21, '1e+21'],
  ['double', -0, '-0'],
  ['double', Number.NaN, '"NaN"'],
  ['double', -Infinity, '"-Infinity"'],
  ['float', Math.fround(0.1), '0.1'],
  ['float', Math.fround(16_777_216), '16777216'],
  ['float', Math.fround(3.402_823_5e38), '3.4028235e+38'],
  ['float', 1.401_298_464_324_817e-45, '1e-45'],
  ['float', -0, '-0'],
  ['float', Infinity, '"Infinity"'],
  ['decimal(4,2)', '12.50', '"12.50"'],
  ['string', 'a"\u0001é\u{1f600}', '"a\\"\\u0001é\u{1f600}"'],
  ['boolean', false, 'false'],
  ['date', '0001-01-01', '"0001-01-01"'],
  ['timestamp', -1n, '"1969-12-31T23:59:59.999999Z"'],
  ['timestamp_ntz', 253_402_300_799_999_999n, '"9999-12-31T23:59:59.999999"'],
  ['binary', new Uint8Array([255, 0]), '"/wA="'],
  ['void', null, 'null'],
  [listOf('long'), [1n, null], '[1,null]'],
])('%j: %s', (type, value, expected) => {
  expect(text(type, value)).toBe(expected);
});

test('a map is a list of pairs, sorted by the bytes of the keys', () => {
  const type: DataType = mapOf('string', 'integer');
  const value = new Map([
    ['\u{10000}', 1],
    ['\uffff', null],
    ['a', 2],
  ]);
  expect(text(type, value)).toBe('[["a",2],["\uffff",null],["\u{10000}",1]]');
});

test('a struct has its members in the order of the schema, absent ones too', () => {
  const type: DataType = { type: 'struct', fields: [field('b', 'long'), field('a', 'float'), field('c', 'date')] };
  expect(text(type, { a: Math.fround(0.3), b: 1n })).toBe('{"b":1,"a":0.3,"c":null}');
});

test('texts compare as their UTF-8 bytes do', () => {
  const texts = ['\u{1f600}', '\uffee', 'é', 'b', 'ab', 'a', '\ud7ff', ''];
  const byBytes = texts.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  expect(texts.toSorted(compareUtf8)).toEqual(byBytes);
});
