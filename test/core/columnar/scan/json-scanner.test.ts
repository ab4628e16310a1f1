import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Kernel, loadKernel } from '#columnar/kernel/kernel.ts';
import { JsonScanner } from '#columnar/scan/json-scanner.ts';
import { PayloadArena } from '#columnar/scan/payload-arena.ts';
import type { ColumnValue } from '#columnar/vector/column.ts';
import { columnKeyOf, columnNameOf } from '#contract/column-name.ts';
import { type EpochUnit, epochUnitKey } from '#contract/epoch-unit.ts';
import type { DataType, StructField, StructType } from '#delta/schema.ts';
import { differenceOf } from '../../../fuzz/scanner/difference.ts';
import { isSameValue, valuesOf } from '../../../fuzz/vector-values.ts';

const field = (name: string, type: DataType, nullable = true, metadata = {}): StructField => ({
  name,
  type,
  nullable,
  metadata,
});
const struct = (...fields: StructField[]): StructType => ({ type: 'struct', fields });
const arrayOf = (elementType: DataType, containsNull = true): DataType => ({
  type: 'array',
  elementType,
  containsNull,
});
const naming = { nameOf: columnNameOf, keyOf: columnKeyOf };
const none: ReadonlySet<string> = new Set();

function scannerOf(schema: StructType, reserved = none, kernel: Kernel = loadKernel()) {
  const scanner = new JsonScanner(kernel, schema, naming, reserved);
  const arena = new PayloadArena(kernel);
  return (texts: readonly (string | Uint8Array | undefined)[]) => {
    arena.reset();
    return scanner.scan(
      texts.map((text) => (text === undefined ? text : arena.add(typeof text === 'string' ? Buffer.from(text) : text))),
    );
  };
}

/** All rows' values, with what was left to the parser as `left`. */
function scanned(schema: StructType, texts: readonly (string | Uint8Array | undefined)[], reserved = none) {
  const rows = scannerOf(schema, reserved)(texts);
  const left = new Set(rows.unscanned);
  return texts.map((_, row) => (left.has(row) ? 'left' : schema.fields.map((_, column) => rows.value(column, row))));
}

const buffers = (texts: readonly (string | Uint8Array | undefined)[]) =>
  texts.map((text) => (text === undefined ? text : Buffer.from(text as string)));

/** The scanner's rows are the parser's. */
function expectAgreement(schema: StructType, texts: readonly (string | Uint8Array | undefined)[]): void {
  const difference = differenceOf({ schema, positionColumns: false, batches: [buffers(texts), buffers(texts)] });
  expect(difference?.message).toBeUndefined();
}

/** Values that a column of one type takes from tokens; `left` for those that are left to the parser. */
function expectValues(type: DataType, expected: Record<string, unknown>, metadata = {}): void {
  const schema = struct(field('x', type, true, metadata));
  const texts = Object.keys(expected).map((token) => `{"x":${token}}`);
  expectAgreement(schema, texts);
  const values = scanned(schema, texts).map((row) => (row === 'left' ? row : row[0]));
  expect(Object.fromEntries(Object.keys(expected).map((token, index) => [token, values[index]]))).toEqual(expected);
}

describe('values', () => {
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
    const inner = struct(field('id', 'long', false), field('a b', 'string'), field('deep', struct(field('x', 'byte'))));
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
    expectValues(arrayOf('long'), {
      '[]': [],
      '[ 1 , null,"3" ]': [1n, null, 3n],
      '[1.5]': 'left',
      '{}': 'left',
      '[1': 'left',
    });
    expectValues(arrayOf('string', false), { '["a","\\u0062",{"c":1}]': ['a', 'b', '{"c":1}'], '[null]': 'left' });
    const item = struct(field('id', 'long', false), field('tags', arrayOf('string')));
    expectValues(arrayOf(item), {
      '[{"id":1,"tags":["x"]},null,{"tags":null,"id":2},{"id":3}]': [[1n, ['x']], null, [2n, null], [3n, null]],
      '[{"id":1},{}]': 'left',
      '[{"id":1},{"id":2,"tags":["y","z"]}]': [
        [1n, null],
        [2n, ['y', 'z']],
      ],
    });
    expectValues(arrayOf(arrayOf('integer')), { '[[1],[],null,[2,3]]': [[1], [], null, [2, 3]] });
  });

  test('nothing for columns of types that rows cannot have', () => {
    for (const type of ['void', 'variant', arrayOf('variant')])
      expectValues(type, { null: null, '{}': 'left', 1: 'left' });
  });

  test('maps, which the parser makes', () => {
    const map: DataType = { type: 'map', keyType: 'string', valueType: arrayOf('long'), valueContainsNull: true };
    const type = struct(field('m', map), field('n', 'long'));
    const objects = { null: null, '{}': [null, null], '{"n":1}': [null, 1n], '{"m":{"a":[1]}}': 'left' };
    expectValues(type, objects);
    expectValues(map, { null: null, '{}': 'left', '{"a":[1,null],"b":null}': 'left', 1: 'left' });
  });
});

describe('fields', () => {
  const schema = struct(field('a', 'long'), field('b', 'string'), field('User_Id', 'long'));

  test('in any order, missing, null, with any white space', () => {
    const texts = [
      '{"a":1,"b":"x","User_Id":2}',
      '{"User_Id":2,"b":"x","a":1}',
      ' {\r\n"b" :\t"x" , "User_Id":2 } \n',
      '{"a":null,"user id":4}',
      '{}',
      '{ }',
      '\ufeff{"a":5}',
      undefined,
    ];
    expectAgreement(schema, texts);
    expect(scanned(schema, texts)).toEqual([
      [1n, 'x', 2n],
      [1n, 'x', 2n],
      [null, 'x', 2n],
      [null, null, 4n],
      [null, null, null],
      [null, null, null],
      [5n, null, null],
      [null, null, null],
    ]);
  });

  test('as names spell them: escaped, in another case, with characters that columns cannot have', () => {
    const texts = [
      '{"\\u0061":1}',
      '{"A":1}',
      '{"USER ID":1}',
      '{"user(id":1}',
      '{"a":1,"A":2}',
      '{"a":null,"\\u0041":2}',
    ];
    expectAgreement(schema, texts);
    expect(scanned(schema, texts)).toEqual([
      [1n, null, null],
      [1n, null, null],
      [null, null, 1n],
      [null, null, 1n],
      'left',
      'left',
    ]);
  });

  test('without a column are stepped over where nothing can be told of their type', () => {
    const texts = [
      '{"z":null,"a":1}',
      '{"z":[],"y":{},"x":[null,{"w":[]}]}',
      '{"z":1}',
      '{"z":[0]}',
      '{"z":null,"z":null}',
      '{"z":null,"\\u007a":null}',
      '{"z":{"q":null,"q":null}}',
      '{"":null,"a":2}',
    ];
    expectAgreement(schema, texts);
    expect(scanned(schema, texts)).toEqual([
      [1n, null, null],
      [null, null, null],
      'left',
      'left',
      'left',
      'left',
      'left',
      [2n, null, null],
    ]);
  });

  test('that are required, and those that no record may fill', () => {
    const strict = struct(field('a', 'long', false), field('_source', 'string'));
    const texts = ['{"a":1}', '{}', '{"a":null}', undefined, '{"a":1,"_source":null}', '{"a":1,"_SOURCE":"x"}'];
    expect(scanned(strict, texts, new Set(['_source']))).toEqual([
      [1n, null],
      'left',
      'left',
      'left',
      [1n, null],
      'left',
    ]);
  });

  test('of more names than are kept', () => {
    const scan = scannerOf(schema);
    for (let batch = 0; batch < 3; batch++) {
      const texts = Array.from({ length: 700 }, (_, row) => `{"new ${batch} ${row}":null,"a":${row}}`);
      const rows = scan(texts);
      const left = new Set(rows.unscanned);
      expect(left.size).toBeLessThan(500);
      for (let row = 0; row < texts.length; row++) {
        expect(rows.value(0, row)).toBe(left.has(row) ? null : BigInt(row));
      }
    }
    expect(scan(['{"a":7,"b":"x"}']).value(0, 0)).toBe(7n);
  });

  test('of many new names in one record, behind texts and lists that it has to be read again for', () => {
    const wide = struct(field('s', 'string'), field('list', arrayOf('long')));
    const strange = (row: number) => Array.from({ length: 40 }, (_, name) => `"n${row}-${name}":null`).join();
    const text = '\\n'.repeat(20_000);
    const texts = Array.from({ length: 6 }, (_, row) =>
      row % 2 === 0 ? `{"s":"${text}","list":[1,2,3],${strange(row)}}` : `{"s":"\\t${row}","list":[${row}]}`,
    );
    expectAgreement(wide, texts);
    const rows = scannerOf(wide)(texts);
    expect([1, 3, 5].map((row) => [rows.value(0, row), rows.value(1, row)])).toEqual(
      [1, 3, 5].map((row) => [`\t${row}`, [BigInt(row)]]),
    );
  });

  test('whose columns have names too long to be kept', () => {
    const long = 'n'.repeat(300);
    const texts = ['{""', '{"":null}', `{"${long}":1}`, `{"${long}":null,"x":[]}`];
    expectAgreement(struct(field(long, 'long')), texts);
  });

  test('of several producers, each with an order of its own', () => {
    const names = Array.from({ length: 20 }, (_, index) => `field_number_${index}`);
    const wide = struct(...names.map((name) => field(name, 'long')));
    const orders = [names, names.toReversed(), names.toSorted(), names.filter((_, index) => index % 3 !== 0)];
    const texts = Array.from({ length: 400 }, (_, row) => {
      const order = orders[row % orders.length] as string[];
      return `{${order.map((name, index) => `"${name}":${row * 100 + index}`).join()}}`;
    });
    expectAgreement(wide, texts);
    expect(scannerOf(wide)(texts).unscanned).toEqual([]);
  });
});

describe('records that are none', () => {
  const schema = struct(field('a', 'long'), field('s', 'string'), field('m', struct(field('t', 'timestamp'))));
  const whole = '{"a":12.0e1,"s":"x\\u00e9\\n[{","m":{"t":"2026-01-15T08:00:00.123Z"},"z":[null,{}]}';

  test('are left to the parser, wherever they end', () => {
    const texts = Array.from(whole, (_, end) => whole.slice(0, end));
    expectAgreement(schema, texts);
    expect(scanned(schema, texts)).toEqual(texts.map(() => 'left'));
  });

  test('with any byte changed are what the parser makes of them', () => {
    const bytes = Buffer.from(whole);
    const texts = Array.from(bytes, (_, at) =>
      [0x00, 0x09, 0x20, 0x22, 0x2c, 0x30, 0x5c, 0x5d, 0x7b, 0x7d, 0x80, 0xff].map((byte) => {
        const changed = Buffer.from(bytes);
        changed[at] = byte;
        return changed;
      }),
    ).flat();
    expectAgreement(schema, texts);
  });

  test('do not read on into what follows', () => {
    const texts = ['{"a":1', ',"s":"x"}', '{"s":"', '"}', '{"s":[1,', '2]}', '{"a":', '3}', '{"s":"y"}'];
    expectAgreement(schema, texts);
    expect(scanned(schema, texts).slice(0, -1)).toEqual(texts.slice(0, -1).map(() => 'left'));
  });

  test('by their UTF-8, one by one', () => {
    const broken = Uint8Array.from([...Buffer.from('{"s":"'), 0xc3, ...Buffer.from('"}')]);
    const half = Uint8Array.from([...Buffer.from('{"s":"x"}'), 0xe2, 0x82]);
    const texts = ['{"s":"é"}', broken, '{"s":"ü"}', half, '{"s":"€"}'];
    expectAgreement(schema, texts);
    expect(scannerOf(schema)(texts).unscanned).toEqual([1, 3]);
  });

  test('by what follows them, and what they are', () => {
    const texts = [
      '{} {}',
      '{}x',
      '[]',
      '"x"',
      '1',
      '',
      ' ',
      '\ufeff',
      '\ufeff\ufeff{}',
      'null',
      '{}\0',
      '{,}',
      '{"a":1,}',
    ];
    expectAgreement(schema, texts);
    expect(scanned(schema, texts)).toEqual(texts.map(() => 'left'));
  });

  test('by their depth', () => {
    const nested = (depth: number) => `{"s":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    const texts = [nested(63), nested(64), nested(100_000), `{"s":${'{"a":'.repeat(64)}1${'}'.repeat(64)}}`];
    expectAgreement(schema, texts);
    expect(scanned(schema, texts).map((row) => row === 'left')).toEqual([false, true, true, true]);
  });

  test('by numbers and names out of all proportion', () => {
    const texts = [
      `{"a":1${'0'.repeat(500)}}`,
      `{"a":0.${'0'.repeat(500)}}`,
      `{"s":1${'0'.repeat(500)}}`,
      `{"${'n'.repeat(1000)}":null}`,
    ];
    expectAgreement(schema, texts);
  });

  test('at the end of memory, before white space without an end', () => {
    const kernel = loadKernel();
    const scan = scannerOf(schema, none, kernel);
    kernel.bytes.fill(0x20, kernel.mark());
    expect(scan(['{"a":1', '{"a":1   ', '{"s":"x']).unscanned).toEqual([0, 1, 2]);
  });
});

describe('rows', () => {
  const schema = struct(
    field('day', 'date'),
    field('name', 'string'),
    field('n', 'double'),
    field('big', 'decimal(38,0)'),
    field('list', arrayOf(struct(field('x', 'integer'), field('y', 'string')))),
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

  test('hold scanned and parsed values side by side', () => {
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

  test('become columns, all of them or some', () => {
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

  test('are told apart by values, in the order in which these are first met', () => {
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

  test('get texts that no record has', () => {
    const rows = filled();
    const written = ['same', 'same', 'other', 'same', ''];
    for (const [row, text] of written.entries()) rows.putText(1, row, text);
    expect(written.map((_, row) => rows.value(1, row))).toEqual(written);
    expect(() => rows.putText(1, 3000, 'x')).toThrow('expected one of 3000 rows, got 3000');
    expect(() => rows.value(9, 0)).toThrow('expected one of 7 columns, got 9');
  });

  test('come of payloads in any memory', () => {
    const kernel = loadKernel();
    const scanner = new JsonScanner(kernel, schema, naming, none);
    const arena = new PayloadArena(kernel);
    const twice = arena.add(Buffer.from('{"n":1}{"n":2}'));
    const rows = scanner.scan([Buffer.from('{"n":3}'), twice.subarray(0, 7), twice.subarray(7), undefined, twice]);
    expect([0, 1, 2, 3].map((row) => rows.value(2, row))).toEqual([3, 1, 2, null]);
    expect(rows.unscanned).toEqual([4]);
    expect(scanner.scan([]).length).toBe(0);
  });
});

describe('scanner and parser', () => {
  const words = fc.constantFrom('a', 'b', 'B', 'id', 'user id', 'tags', 'é', 'a\\b', 'quo"te');
  const leaf = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt().map(String),
    fc.date().map(String),
  );
  const { value: json } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(words, tie('value'), { maxKeys: 4 }),
    ),
  }));
  const type: fc.Arbitrary<DataType> = fc.oneof(
    fc.constantFrom(
      'string',
      'double',
      'float',
      'long',
      'integer',
      'boolean',
      'timestamp',
      'date',
      'decimal(12,3)',
      'decimal(30,5)',
      'binary',
    ),
    fc.constantFrom('string', 'long').map((element) => arrayOf(element)),
    fc.constantFrom('string', 'double').map((element) => struct(field('a', element), field('tags', arrayOf(element)))),
  );
  const schemas = fc
    .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'id', 'user_id', 'tags', 'é'), type), {
      selector: ([name]) => name,
      minLength: 1,
      maxLength: 5,
    })
    .map((fields) => struct(...fields.map(([name, of]) => field(name, of))));
  const records = fc.dictionary(words, json as fc.Arbitrary<unknown>, { maxKeys: 6 });
  const texts = fc.array(
    fc
      .tuple(records, fc.constantFrom(undefined, 1, '\t'))
      .map(([record, space]) => JSON.stringify(record, null, space)),
    { maxLength: 12 },
  );

  test('agree on whatever they are given', () => {
    fc.assert(
      fc.property(schemas, texts, (schema, given) => expectAgreement(schema, given)),
      { numRuns: 400 },
    );
  });
});
