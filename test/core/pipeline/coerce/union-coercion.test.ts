import { expect, test } from 'vitest';
import type { DataType } from '#delta/schema.ts';
import type { DecodedValue } from '#formats/decoded-value.ts';
import { coercionTo } from '#pipeline/coerce/coerce-value.ts';
import { fieldRead } from '../../formats/avro/avro-payloads.ts';

type Value = Exclude<DecodedValue, null>;

const union = ['null', 'string', 'long', { type: 'array', items: 'long' }];
const read = (value: unknown): Value => fieldRead(union, value).value as Value;

/** What a table has whose field was of one type before it was a union of several. */
test.each<[DataType, unknown, unknown]>([
  ['string', { string: 'x' }, 'x'],
  ['string', { long: 5 }, '5'],
  ['string', { array: [1, 2] }, '[1,2]'],
  ['long', { long: 5 }, 5n],
  ['long', { string: '7' }, 7n],
  [{ type: 'array', elementType: 'long', containsNull: true }, { array: [1] }, [1n]],
])('a member of a union stands for itself in a column of %j: %j', (type, written, value) => {
  expect(coercionTo(type)(read(written))).toEqual(value);
});

test('a member that does not fit is told by its own kind', () => {
  expect(() => coercionTo('long')(read({ string: 'x' }))).toThrow('expected long, got string "x"');
});

test('a struct of the members keeps which one it was', () => {
  const { value, delta } = fieldRead(union, { long: 5 });
  expect(coercionTo(delta as DataType)(value as Value)).toEqual([null, 5n, null]);
});

test('other records are what they are', () => {
  const type = { type: 'record', name: 'I', fields: [{ name: 'string', type: ['null', 'string'] }] };
  expect(coercionTo('string')(fieldRead(type, { string: { string: 'x' } }).value as Value)).toBe('{"string":"x"}');
});
