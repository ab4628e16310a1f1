import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodedList, DecodedRecord, type DecodedValue, NumberToken } from '#formats/decoded-value.ts';
import { decodeJson, maxDepth } from '#formats/json.ts';

const utf8 = new TextEncoder();
const decode = (text: string) => decodeJson(utf8.encode(text));

/** What `JSON.parse` would have made of it. */
function plain(value: DecodedValue): unknown {
  if (value instanceof NumberToken) return Number(value.text);
  if (value instanceof DecodedList) return value.items.map(plain);
  if (value instanceof DecodedRecord) {
    return Object.fromEntries(value.names.map((name, index) => [name, plain(value.values[index] as DecodedValue)]));
  }
  return value;
}

test('numbers stay as they are written', () => {
  const decoded = decode('{"a":9007199254740993,"b":-0.10,"c":1E+400,"d":[0]}');
  if (decoded.kind !== 'record') throw new Error(decoded.message);
  expect(decoded.record.values.slice(0, 3)).toEqual([
    new NumberToken('9007199254740993'),
    new NumberToken('-0.10'),
    new NumberToken('1E+400'),
  ]);
});

test('lists and records know their text', () => {
  const decoded = decode(' {"a": {"b" : [1, 2 ]} , "c":[ ]}');
  if (decoded.kind !== 'record') throw new Error(decoded.message);
  const [a, c] = decoded.record.values;
  expect((a as DecodedRecord).raw).toBe('{"b" : [1, 2 ]}');
  expect((c as DecodedList).raw).toBe('[ ]');
});

test('escapes, surrogate pairs and raw Unicode', () => {
  const decoded = decode(String.raw`{"a":"\"\\\/\b\f\n\r\t\u0041\ud83c\udf0a Grüße 🌊"}`);
  expect(decoded.kind === 'record' && decoded.record.values[0]).toBe('"\\/\b\f\n\r\tA🌊 Grüße 🌊');
});

test.each(
  fc
    .sample(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), { numRuns: 300, seed: 7 })
    .map((value) => [value]),
)('agrees with JSON.parse: %j', (value) => {
  for (const text of [JSON.stringify(value), JSON.stringify(value, null, '\t')]) {
    const decoded = decode(text);
    if (decoded.kind !== 'record') throw new Error(`${decoded.message} in ${text}`);
    expect(plain(decoded.record)).toEqual(JSON.parse(text));
  }
});

const refusals: [payload: string | Uint8Array, error: string, message: string | RegExp, path: string | RegExp][] = [
  [
    new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]),
    'InvalidUtf8',
    'expected UTF-8, got an invalid sequence at byte 2',
    '$',
  ],
  [new Uint8Array([0x7b, 0xed, 0xa0, 0x80]), 'InvalidUtf8', /at byte 1$/, '$'],
  [new Uint8Array([0x7b, 0xef, 0xbf, 0xbd, 0x22, 0xc3]), 'InvalidUtf8', /at byte 5$/, '$'],
  ['{"a":"\\ud800"}', 'InvalidUtf8', /half of a surrogate pair/, '$.a'],
  ['', 'InvalidJson', 'expected a JSON value at character 0, got the end', '$'],
  ['{"a":1', 'InvalidJson', 'expected "," or "}" at character 6, got the end', '$'],
  ['{"a":[1,{"b":tru}]}', 'InvalidJson', 'expected a JSON value at character 13, got "tru}]}"', '$.a[1].b'],
  ['{"a":01}', 'InvalidJson', /expected "," or "}" at character 6/, '$'],
  ['{"a":.5}', 'InvalidJson', /expected a JSON value at character 5/, '$.a'],
  ['{"a":NaN}', 'InvalidJson', /expected a JSON value/, '$.a'],
  ["{'a':1}", 'InvalidJson', /expected a name in quotes at character 1/, '$'],
  ['{"a":1,}', 'InvalidJson', /expected a name in quotes at character 7/, '$'],
  ['{"a":1} x', 'InvalidJson', 'expected the end of the payload at character 8, got "x"', '$'],
  ['{"a":"line\nbreak"}', 'InvalidJson', /expected a closing quote/, '$.a'],
  ['{"a":"\\x41"}', 'InvalidJson', /expected an escape sequence of JSON/, '$.a'],
  ['{"a":1,"b":{"c":1,"c":2}}', 'DuplicateKey', 'expected each name once in an object, got "c" twice', '$.b'],
  [`{${Array.from({ length: 40 }, (_, index) => `"k${index}":0`)},"k3":1}`, 'DuplicateKey', /"k3" twice/, '$'],
  [
    `{"a":${'['.repeat(1_000_000)}`,
    'TooDeep',
    `expected at most ${maxDepth} levels of nesting, got more`,
    /^\$\.a(\[0\])+$/,
  ],
  ['[1]', 'NotAnObject', 'expected a JSON object, got an array', '$'],
  ['"text"', 'NotAnObject', 'expected a JSON object, got a string', '$'],
  ['12', 'NotAnObject', 'expected a JSON object, got a number', '$'],
  ['null', 'NotAnObject', 'expected a JSON object, got null', '$'],
];

describe('what is no JSON object is refused, and says why', () => {
  test.each(refusals)('%s', (payload, error, message, path) => {
    const decoded = decodeJson(typeof payload === 'string' ? utf8.encode(payload) : payload);
    if (decoded.kind !== 'failure') throw new Error('expected a failure');
    expect(decoded.error).toBe(error);
    expect(decoded.message).toMatch(message);
    if (typeof path === 'string') expect(decoded.path).toBe(path);
    else expect(decoded.path).toMatch(path);
  });
});

test('a byte order mark is no part of the object', () => {
  expect(decode('\ufeff{"a":true}')).toMatchObject({ kind: 'record', record: { values: [true] } });
});

test('names that took escapes are remembered by no payload after', () => {
  // As many names as are remembered at all, so that they are.
  const object = (start: string) => `{${Array.from({ length: 256 }, (_, index) => `"${start}${index}":1`).join(',')}}`;
  expect(decode(object('\\u0001'))).toMatchObject({ kind: 'record' });
  expect(decode(object('\u0001'))).toMatchObject({
    error: 'InvalidJson',
    message: expect.stringContaining('expected a closing quote at character 2'),
  });
});
