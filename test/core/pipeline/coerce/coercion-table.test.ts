import { describe, expect, test } from 'vitest';
import {
  DecodedDate,
  DecodedInstant,
  DecodedList,
  DecodedMap,
  DecodedRecord,
  type DecodedValue,
  NumberToken,
  type ValueKind,
  valueKinds,
} from '#formats/decoded-value.ts';
import { coercionTo } from '#pipeline/coerce/coerce-value.ts';
import { coercionTable, columnKinds } from '#pipeline/coerce/coercion-table.ts';
import { Misfit, type MisfitError } from '#pipeline/coerce/misfit.ts';

type Value = Exclude<DecodedValue, null>;
type Example = [value: Value, expected: unknown] | [value: Value, error: MisfitError];

const number = (text: string) => new NumberToken(text);
const instant = (micros: bigint, nanos = 0) => new DecodedInstant(micros, false, nanos);
const local = (micros: bigint, nanos = 0) => new DecodedInstant(micros, true, nanos);
const list = (...items: DecodedValue[]) => new DecodedList(items);
const map = (...entries: [Value, DecodedValue][]) => new DecodedMap(entries);
const object = (fields: Record<string, DecodedValue>) => new DecodedRecord(Object.keys(fields), Object.values(fields));
const bytes = Uint8Array.of(0, 255);

const micros = 1_718_479_845_123_456n;
const beyondCalendar = 253_402_300_800_000_000n;

/** A value of each kind that says nothing of its fit: for cells that are dead letters. */
const anyValue: Record<ValueKind, Value> = {
  boolean: true,
  string: 'x',
  number: number('1'),
  double: 1,
  integer: 1n,
  bytes,
  instant: instant(micros),
  'local time': local(micros),
  date: new DecodedDate(19_782),
  array: list(1n),
  map: map(['a', 1n]),
  object: object({ a: 1n }),
};

const whole = (bits: number, isWide = false): Partial<Record<ValueKind, Example[]>> => {
  const limit = 2n ** BigInt(bits - 1);
  const as = (value: bigint) => (isWide ? value : Number(value));
  return {
    number: [
      [number(String(limit - 1n)), as(limit - 1n)],
      [number(`${-limit}.0`), as(-limit)],
      [number('1e1'), as(10n)],
      [number(String(limit)), 'LossyValue'],
      [number('0.5'), 'LossyValue'],
    ],
    double: [
      [7, as(7n)],
      [-0, as(0n)],
      [0.5, 'LossyValue'],
      [1e300, 'LossyValue'],
      [Number.NaN, 'LossyValue'],
      [Number.NEGATIVE_INFINITY, 'LossyValue'],
    ],
    integer: [
      [limit - 1n, as(limit - 1n)],
      [-limit, as(-limit)],
      [limit, 'LossyValue'],
      [2n ** 64n - 1n, 'LossyValue'],
    ],
  };
};

const time = (of: (micros: bigint, nanos?: number) => DecodedInstant): Example[] => [
  [of(micros), micros],
  [of(-1n), -1n],
  [of(micros, 1), 'LossyValue'],
  [of(beyondCalendar), 'InvalidTimestamp'],
];

/** Written by hand, cell by cell: what is not here is a dead letter. */
const expected: Record<string, Partial<Record<ValueKind, Example[]>>> = {
  string: {
    boolean: [[false, 'false']],
    string: [['ä🌊', 'ä🌊']],
    number: [[number('1.50'), '1.50']],
    double: [
      [0.1, '0.1'],
      [-0, '-0'],
      [1e21, '1e+21'],
      [Number.NaN, 'NaN'],
      [Number.NEGATIVE_INFINITY, '-Infinity'],
    ],
    integer: [[2n ** 64n - 1n, '18446744073709551615']],
    bytes: [[bytes, 'AP8=']],
    instant: [
      [instant(micros), '2024-06-15T19:30:45.123456Z'],
      [instant(micros, 7), '2024-06-15T19:30:45.123456007Z'],
      [instant(-1_000_000n), '1969-12-31T23:59:59Z'],
      [instant(beyondCalendar), '+010000-01-01T00:00:00Z'],
    ],
    'local time': [[local(micros - 456n), '2024-06-15T19:30:45.123']],
    date: [
      [new DecodedDate(19_782), '2024-02-29'],
      [new DecodedDate(-719_163), '0000-12-31'],
    ],
    array: [[list(1n, null, 'a', bytes, Number.NaN), '[1,null,"a","AP8=","NaN"]']],
    map: [[map([1n, instant(0n)], ['b', list()]), '{"1":"1970-01-01T00:00:00Z","b":[]}']],
    object: [[object({ 'a"': number('1.0'), b: object({}) }), '{"a\\"":1.0,"b":{}}']],
  },
  boolean: { boolean: [[true, true]] },
  byte: whole(8),
  short: whole(16),
  integer: whole(32),
  long: {
    ...whole(64, true),
    string: [
      ['9007199254740993', 9_007_199_254_740_993n],
      ['1.0', 1n],
      ['1.5', 'LossyValue'],
      ['9223372036854775808', 'LossyValue'],
      ['1e3', 'TypeMismatch'],
      ['', 'TypeMismatch'],
    ],
  },
  float: {
    number: [
      [number('0.1'), Math.fround(0.1)],
      [number('16777217'), 'LossyValue'],
      [number('1e39'), 'LossyValue'],
      [number('1e-60'), 'LossyValue'],
    ],
    double: [
      [0.5, 0.5],
      [Math.fround(0.1), Math.fround(0.1)],
      [0.1, 'LossyValue'],
      [Number.NaN, Number.NaN],
      [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    ],
    integer: [
      [16_777_216n, 16_777_216],
      [16_777_217n, 'LossyValue'],
    ],
  },
  double: {
    number: [
      [number('0.1'), 0.1],
      [number('9007199254740993'), 'LossyValue'],
      [number('1e309'), 'LossyValue'],
    ],
    double: [
      [0.1, 0.1],
      [-0, -0],
      [Number.NaN, Number.NaN],
    ],
    integer: [
      [2n ** 63n, 2 ** 63],
      [2n ** 53n + 1n, 'LossyValue'],
    ],
  },
  'decimal(p,s)': {
    number: [
      [number('12345678.9'), 1_234_567_890n],
      [number('1.005'), 'LossyValue'],
      [number('100000000'), 'LossyValue'],
    ],
    double: [
      [19.99, 1_999n],
      [0.1 + 0.2, 'LossyValue'],
      [Number.NaN, 'LossyValue'],
    ],
    integer: [
      [-99_999_999n, -9_999_999_900n],
      [10n ** 8n, 'LossyValue'],
    ],
    string: [
      ['-1.50', -150n],
      ['1.005', 'LossyValue'],
      ['abc', 'TypeMismatch'],
    ],
  },
  binary: {
    bytes: [[bytes, bytes]],
    string: [
      ['AP8=', Buffer.from(bytes)],
      ['AP8', 'TypeMismatch'],
    ],
  },
  date: {
    string: [
      ['2024-02-29', 19_782],
      ['2024-02-30', 'InvalidTimestamp'],
      ['2024-02-29T00:00:00Z', 'InvalidTimestamp'],
    ],
    date: [
      [new DecodedDate(-719_162), -719_162],
      [new DecodedDate(-719_163), 'InvalidTimestamp'],
      [new DecodedDate(2_932_897), 'InvalidTimestamp'],
    ],
  },
  timestamp: {
    string: [
      ['2024-06-15T21:30:45.123456+02:00', micros],
      ['2024-06-15T19:30:45.1234567Z', 'InvalidTimestamp'],
      ['2024-06-15T19:30:45', 'InvalidTimestamp'],
    ],
    instant: time(instant),
  },
  'timestamp with `epochUnit`': {
    string: [['1970-01-01T00:00:00Z', 0n]],
    instant: time(instant),
    number: [
      [number('1.5'), 1_500n],
      [number('0.0001'), 'LossyValue'],
      [number('1e18'), 'InvalidTimestamp'],
    ],
    double: [
      [1.5, 1_500n],
      [Number.NaN, 'LossyValue'],
    ],
    integer: [[-1n, -1_000n]],
  },
  timestamp_ntz: {
    string: [
      ['2024-06-15T19:30:45.123456', micros],
      ['2024-06-15', 'InvalidTimestamp'],
      ['2024-06-15T19:30:45Z', 'InvalidTimestamp'],
    ],
    'local time': time(local),
    date: [[new DecodedDate(1), 86_400_000_000n]],
  },
  array: {
    array: [
      [list(1n, null, number('2')), [1n, null, 2n]],
      [list(true), 'TypeMismatch'],
    ],
  },
  map: {
    map: [
      [
        map(['a', 1n], ['b', null]),
        [
          ['a', 1n],
          ['b', null],
        ],
      ],
      [map([1n, 1n], ['1', 2n]), 'AmbiguousColumn'],
      [map(['a', 'b']), 'TypeMismatch'],
    ],
    object: [[object({ x: 1n }), [['x', 1n]]]],
  },
  struct: {
    object: [
      [object({ a: 1n }), [1n]],
      [object({ A: null }), [null]],
      [object({ b: 1n }), 'UnknownColumn'],
    ],
  },
};

function outcome(coerce: (value: Value) => unknown, value: Value): unknown {
  try {
    return coerce(value);
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    expect(error.message).toMatch(/^expected .+ got .+|which cannot hold /s);
    return error.error;
  }
}

describe.each(columnKinds.map((column) => [column.name, column] as const))('%s', (name, { type, epochUnit }) => {
  const coerce = coercionTo(type, epochUnit);
  const cells = coercionTable().filter(({ column }) => column.name === name);

  test.each(valueKinds)('%s', (kind) => {
    const examples = expected[name]?.[kind];
    const cell = cells.find(({ value }) => value === kind);
    if (examples === undefined) {
      expect(cell).toMatchObject({ answer: 'deadLetter', note: '' });
      expect(outcome(coerce, anyValue[kind])).toBe('TypeMismatch');
      return;
    }
    for (const [value, result] of examples) expect(outcome(coerce, value), String(value)).toEqual(result);
    const isRefused = (result: unknown) =>
      typeof result === 'string' && /^[A-Z]\w+(Value|Timestamp|Mismatch)$/.test(result);
    const refuses = examples.some(([, result]) => isRefused(result));
    if (refuses) expect(cell?.answer).toBe('exact');
    expect(cell?.answer).not.toBe('deadLetter');
    expect(cell?.note).not.toBe('');
  });
});

test('nanoseconds are left away where the table says so, earlier ones first', () => {
  const options = { truncatesNanoseconds: true };
  expect(coercionTo('timestamp', undefined, options)(instant(micros, 999))).toBe(micros);
  expect(coercionTo('timestamp_ntz', undefined, options)(DecodedInstant.ofNanos(-1n, true))).toBe(-1n);
  expect(coercionTo('timestamp', undefined, options)('2024-06-15T19:30:45.123456999Z')).toBe(micros);
  const ofNanoseconds = coercionTo('timestamp', 'nanoseconds', options);
  expect([1_999n, -1n, 0n].map((value) => ofNanoseconds(value))).toEqual([1n, -1n, 0n]);
  const nested = coercionTo({ type: 'array', elementType: 'timestamp', containsNull: true }, undefined, options);
  expect(nested(list(instant(5n, 5)))).toEqual([5n]);
});
