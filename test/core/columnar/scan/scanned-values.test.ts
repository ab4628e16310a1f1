import { expect, test } from 'vitest';
import { type EpochUnit, epochUnitKey } from '#contract/epoch-unit.ts';
import type { DataType } from '#delta/schema.ts';
import { expectAgreement, scanned } from '../../../support/scanned-payloads.ts';
import { field, listOf, mapOf, struct } from '../../../support/schemas.ts';

/** Values that a column of one type takes from tokens; `left` for those that are left to the parser. */
function expectValues(type: DataType, expected: Record<string, unknown>, metadata = {}): void {
  const schema = struct(field('x', type, { metadata }));
  const texts = Object.keys(expected).map((token) => `{"x":${token}}`);
  expectAgreement(schema, texts);
  const values = scanned(schema, texts).map((row) => (row === 'left' ? row : row[0]));
  expect(Object.fromEntries(Object.keys(expected).map((token, index) => [token, values[index]]))).toEqual(expected);
}

test('strings, and the text of whatever else a string column gets', () => {
  expectValues('string', {
    '"a"': 'a',
    '""': '',
    '"naïve 東京 🚀"': 'naïve 東京 🚀',
    '"a\\n\\"\\\\\\/\\b\\f\\r\\t"': 'a\n"\\/\b\f\r\t',
    '"\\u0000\\u00e9\\u6771\\ud83d\\ude80"': '\0é東🚀',
    '"0123456789abcdef0123456789abcdef\\n0123456789abcdef"': '0123456789abcdef0123456789abcdef\n0123456789abcdef',
    '"\u007f"': '\u007f',
    true: 'true',
    false: 'false',
    null: null,
    '-0.50e+3': '-0.50e+3',
    '{ "b": [1 , {"c":"\\u0041"}], "a": null }': '{ "b": [1 , {"c":"\\u0041"}], "a": null }',
    '[]': '[]',
    '{"a":1,"b":2,"c":{"a":1}}': '{"a":1,"b":2,"c":{"a":1}}',
    '{"a":1,"a":2}': 'left',
    '{"a":1,"\\u0061":2}': 'left',
    '[1,]': 'left',
    '[01]': 'left',
    '{"a":"\\ud83d"}': 'left',
    '"\\ud83d"': 'left',
    '"\\ude80\\ud83d"': 'left',
    '"\\ud83d\\n"': 'left',
    '"\\x"': 'left',
    '"\\u00g0"': 'left',
    '"a\tb"': 'left',
  });
});

test('doubles to the nearest, integers exactly', () => {
  expectValues('double', {
    0: 0,
    '-0': -0,
    '-0.0e5': -0,
    1.5: 1.5,
    '-12.25e-3': -0.01225,
    '1E+2': 100,
    '9007199254740993.0': 9007199254740992,
    '9007199254740992': 9007199254740992,
    '9007199254740993': 'left',
    '0.1234567890123456789': 0.12345678901234568,
    '123456789012345678901234567890.0': 1.2345678901234568e29,
    '1.7976931348623157e308': Number.MAX_VALUE,
    '2.2250738585072014e-308': 2.2250738585072014e-308,
    '8.533e+68': 8.533e68,
    '4.1006e-184': 4.1006e-184,
    '1e23': 1e23,
    '5e-324': 'left',
    '1e400': 'left',
    '1e-400': 'left',
    '"1"': 'left',
    true: 'left',
    '01': 'left',
    '1.': 'left',
    '.5': 'left',
    '+1': 'left',
    '1e': 'left',
    NaN: 'left',
  });
});

test('floats, rounded unless they are integers', () => {
  expectValues('float', {
    1.5: 1.5,
    0.1: Math.fround(0.1),
    16777216: 16777216,
    16777217: 'left',
    '1e39': 'left',
    '1e-60': 'left',
  });
});

test('integers of each width, of numbers that are whole', () => {
  expectValues('long', {
    '9223372036854775807': 2n ** 63n - 1n,
    '-9223372036854775808': -(2n ** 63n),
    '9223372036854775808': 'left',
    '1.50e1': 15n,
    '100e-2': 1n,
    '1.0000000000000000000000000': 1n,
    '1e18': 10n ** 18n,
    '1e19': 'left',
    1.5: 'left',
    '"007"': 7n,
    '"-12.00"': -12n,
    '"1e3"': 'left',
    '" 1"': 'left',
    '""': 'left',
    '"-"': 'left',
    '-0': 0n,
    '0e999': 0n,
  });
  expectValues('integer', { 2147483647: 2147483647, '-2147483648': -2147483648, 2147483648: 'left', '"1"': 'left' });
  expectValues('short', { 32767: 32767, '-32768': -32768, 32768: 'left' });
  expectValues('byte', { 127: 127, '-128': -128, '1.27e2': 127, 128: 'left' });
});

test('decimals, exactly', () => {
  expectValues('decimal(10,2)', {
    1.5: 150n,
    '-0.01': -1n,
    '99999999.99': 9999999999n,
    '100000000': 'left',
    '1.005': 'left',
    '1.500': 150n,
    '"1.5"': 150n,
    '15e-1': 150n,
  });
  expectValues('decimal(38,10)', {
    '1234567890123456789012345678.0123456789': 12345678901234567890123456780123456789n,
    '-9999999999999999999999999999.9999999999': -(10n ** 38n - 1n),
    '10000000000000000000000000000': 'left',
    '1e27': 10n ** 37n,
    '1e28': 'left',
    '0.00000000001': 'left',
    '0.000000000100': 1n,
    '"18446744073709551616.5"': 184467440737095516165000000000n,
    '-0': 0n,
    '0.00e-50': 0n,
    '5000e-13': 5n,
  });
  expectValues('decimal(20,0)', {
    '18446744073709551616': 2n ** 64n,
    '-18446744073709551616': -(2n ** 64n),
    0.5: 'left',
  });
});

test('times: dates, instants with an offset, local times without', () => {
  const micros = (text: string) => BigInt(Date.parse(text)) * 1000n;
  expectValues('timestamp', {
    '"2026-01-15T08:00:00.123Z"': micros('2026-01-15T08:00:00.123Z'),
    '"2026-01-15T08:00:00Z"': micros('2026-01-15T08:00:00Z'),
    '"2026-01-15 08:00z"': micros('2026-01-15T08:00:00Z'),
    '"2026-01-15t08:00:00.123456+05:30"': micros('2026-01-15T02:30:00.123Z') + 456n,
    '"2026-01-15T08:00:00.1234560000-0130"': micros('2026-01-15T09:30:00.123Z') + 456n,
    '"1969-12-31T23:59:59.999999-18"': micros('1970-01-01T17:59:59.999Z') + 999n,
    '"0001-01-01T00:00:00Z"': micros('0001-01-01T00:00:00Z'),
    '"9999-12-31T23:59:59Z"': micros('9999-12-31T23:59:59Z'),
    '"0001-01-01T00:00:00+00:01"': 'left',
    '"9999-12-31T23:59:59-18:00"': 'left',
    '"2024-02-29T00:00:00Z"': micros('2024-02-29T00:00:00Z'),
    '"2023-02-29T00:00:00Z"': 'left',
    '"1900-02-29T00:00:00Z"': 'left',
    '"2026-04-31T00:00:00Z"': 'left',
    '"0000-01-01T00:00:00Z"': 'left',
    '"2026-01-15T24:00:00Z"': 'left',
    '"2026-01-15T08:60:00Z"': 'left',
    '"2026-01-15T08:00:60Z"': 'left',
    '"2026-01-15T08:00:00.1234567Z"': 'left',
    '"2026-01-15T08:00:00.Z"': 'left',
    '"2026-01-15T08:00:00+19:00"': 'left',
    '"2026-01-15T08:00:00+05:60"': 'left',
    '"2026-01-15T08:00:00"': 'left',
    '"2026-01-15"': 'left',
    '"2026-01-15T08:00:00Z "': 'left',
    '"2026-01-15T08:00:00\\u005a"': 'left',
    1768464000: 'left',
  });
  expectValues('timestamp_ntz', {
    '"2026-01-15T08:00"': micros('2026-01-15T08:00:00Z'),
    '"2026-01-15T08:00Z"': 'left',
  });
  expectValues('date', {
    '"2026-01-15"': 20468,
    '"1969-12-31"': -1,
    '"0001-01-01"': -719162,
    '"2026-01-15T00:00"': 'left',
  });
});

test('instants of numbers, where the column says what they count', () => {
  const unit = (name: EpochUnit) => ({ [epochUnitKey]: name });
  expectValues('timestamp', { 1768464000: 1768464000000000n, 1.5: 1500000n, 1.1234567: 'left' }, unit('seconds'));
  expectValues('timestamp', { 1768464000123: 1768464000123000n, '"1"': 'left' }, unit('milliseconds'));
  expectValues('timestamp', { 1768464000123456000: 1768464000123456n, 1: 'left' }, unit('nanoseconds'));
  expectValues('timestamp', { 253402300800: 'left', '-62135596801': 'left' }, unit('seconds'));
});

test('booleans, and bytes as base64', () => {
  expectValues('boolean', { true: true, false: false, '"true"': 'left', 1: 'left', tru: 'left', trues: 'left' });
  const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));
  expectValues('binary', {
    '""': bytes(''),
    '"AA=="': bytes('AA=='),
    '"AAE="': bytes('AAE='),
    '"+/+/"': bytes('+/+/'),
    '"AB=="': 'left',
    '"AAF="': 'left',
    '"AA"': 'left',
    '"-_-_"': 'left',
    '"A==="': 'left',
    '"AA==AA=="': 'left',
    '"\\/\\/\\/\\/"': 'left',
    1: 'left',
  });
});

test('structs, with required fields and names of their own', () => {
  const inner = struct(
    field('id', 'long', { nullable: false }),
    field('a b', 'string'),
    field('deep', struct(field('x', 'byte'))),
  );
  expectValues(inner, {
    '{"id":1}': [1n, null, null],
    '{"ID":1,"Deep":{"X":2}}': [1n, null, [2]],
    '{"id":1,"deep":null,"zz":[]}': [1n, null, null],
    '{"id":1,"deep":{}}': [1n, null, [null]],
    null: null,
    '{}': 'left',
    '{"id":null}': 'left',
    '{"id":1,"zz":1}': 'left',
    '{"id":1,"Id":2}': 'left',
    '{"id":1,"a b":"x"}': 'left',
    '[]': 'left',
    '"x"': 'left',
  });
});

test('lists of values, structs and lists', () => {
  expectValues(listOf('long'), {
    '[]': [],
    '[ 1 , null,"3" ]': [1n, null, 3n],
    '[1.5]': 'left',
    '{}': 'left',
    '[1': 'left',
  });
  expectValues(listOf('string', false), { '["a","\\u0062",{"c":1}]': ['a', 'b', '{"c":1}'], '[null]': 'left' });
  const item = struct(field('id', 'long', { nullable: false }), field('tags', listOf('string')));
  expectValues(listOf(item), {
    '[{"id":1,"tags":["x"]},null,{"tags":null,"id":2},{"id":3}]': [[1n, ['x']], null, [2n, null], [3n, null]],
    '[{"id":1},{}]': 'left',
    '[{"id":1},{"id":2,"tags":["y","z"]}]': [
      [1n, null],
      [2n, ['y', 'z']],
    ],
  });
  expectValues(listOf(listOf('integer')), { '[[1],[],null,[2,3]]': [[1], [], null, [2, 3]] });
});

test('nothing for columns of types that rows cannot have', () => {
  for (const type of ['void', 'variant', listOf('variant')])
    expectValues(type, { null: null, '{}': 'left', 1: 'left' });
});

test('maps, which the parser makes', () => {
  const map: DataType = mapOf('string', listOf('long'));
  const type = struct(field('m', map), field('n', 'long'));
  const objects = { null: null, '{}': [null, null], '{"n":1}': [null, 1n], '{"m":{"a":[1]}}': 'left' };
  expectValues(type, objects);
  expectValues(map, { null: null, '{}': 'left', '{"a":[1,null],"b":null}': 'left', 1: 'left' });
});
