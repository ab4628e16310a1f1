import { encode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';
import { DecodedInstant } from '#formats/decoded-time.ts';
import { DecodedList, DecodedMap, DecodedRecord } from '#formats/decoded-value.ts';
import type { FormatPorts } from '#formats/format-ports.ts';
import { msgpackDecoder } from '#formats/msgpack/msgpack-decoder.ts';
import type { RegistrySchema } from '#formats/registry.ts';

const noPorts: FormatPorts = {
  registryOf: () => ({ schemaById: async () => undefined }),
  schemaFile: () => new Uint8Array(),
};
const plain = msgpackDecoder({ kind: 'msgpack', framing: 'none' }, noPorts);

const written = (value: unknown): Uint8Array => encode(value, { useBigInt64: true });
const mapOf = (...bytes: number[]): Uint8Array => Uint8Array.of(0x81, 0xa1, 0x61, ...bytes);

/** The value of the field `a`. */
function fieldA(payload: Uint8Array) {
  const decoded = plain.decode(payload);
  if (decoded.kind === 'failure') throw new Error(decoded.message);
  return decoded.record.values[decoded.record.names.indexOf('a')];
}

describe('values', () => {
  it('a name that no length of two bytes is for is remembered by no payload after', () => {
    const long = 'a'.repeat(65_537);
    expect(plain.decode(encode({ [long]: 1 }))).toMatchObject({ record: { names: [long] } });
    const short = Buffer.concat([Buffer.of(0x81, 0xda, 0, 1), Buffer.from(long), Buffer.of(1)]);
    expect(plain.decode(short)).toMatchObject({ error: 'InvalidPayload' });
  });

  it.each([
    ['positive fixint', [0x7f], 127n],
    ['negative fixint', [0xe0], -32n],
    ['uint 8', [0xcc, 0xff], 255n],
    ['uint 16', [0xcd, 0xff, 0xff], 65_535n],
    ['uint 32', [0xce, 0xff, 0xff, 0xff, 0xff], 4_294_967_295n],
    ['uint 64', [0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 18_446_744_073_709_551_615n],
    ['int 8', [0xd0, 0x80], -128n],
    ['int 16', [0xd1, 0x80, 0], -32_768n],
    ['int 32', [0xd2, 0x80, 0, 0, 0], -2_147_483_648n],
    ['int 64', [0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0], -9_223_372_036_854_775_808n],
    ['float 32', [0xca, 0x3f, 0xc0, 0, 0], 1.5],
    ['float 64 without a fraction, a double all the same', [0xcb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0], 1],
    ['nil', [0xc0], null],
    ['false', [0xc2], false],
    ['true', [0xc3], true],
    ['str 8', [0xd9, 2, 0xc3, 0xa4], 'ä'],
    ['str 16', [0xda, 0, 1, 0x62], 'b'],
    ['str 32', [0xdb, 0, 0, 0, 1, 0x63], 'c'],
    ['bin 8', [0xc4, 2, 0, 255], new Uint8Array([0, 255])],
    ['bin 16', [0xc5, 0, 1, 7], new Uint8Array([7])],
    ['bin 32', [0xc6, 0, 0, 0, 1, 8], new Uint8Array([8])],
    ['array 16', [0xdc, 0, 1, 1], new DecodedList([1n])],
    ['array 32', [0xdd, 0, 0, 0, 1, 2], new DecodedList([2n])],
    ['map 16', [0xde, 0, 1, 0xa1, 0x78, 1], new DecodedRecord(['x'], [1n])],
    ['map 32', [0xdf, 0, 0, 0, 1, 0xa1, 0x78, 1], new DecodedRecord(['x'], [1n])],
    ['a map with an integer for a key', [0x81, 5, 1], new DecodedRecord(['5'], [1n])],
    ['timestamp 32', [0xd6, 0xff, 0, 0, 0, 1], new DecodedInstant(1_000_000n)],
    ['timestamp 64', [0xd7, 0xff, 0xee, 0x6b, 0x27, 0xfc, 0, 0, 0, 1], new DecodedInstant(1_999_999n, false, 999)],
    [
      'timestamp 96',
      [0xc7, 12, 0xff, 0, 0, 0, 1, ...new Array(8).fill(0xff)],
      new DecodedInstant(-1_000_000n, false, 1),
    ],
    ['fixext 1', [0xd4, 5, 9], new DecodedRecord(['type', 'data'], [5n, new Uint8Array([9])])],
    ['ext 8', [0xc7, 1, 0x80, 9], new DecodedRecord(['type', 'data'], [-128n, new Uint8Array([9])])],
  ])('%s', (_, bytes, value) => {
    expect(fieldA(mapOf(...bytes))).toEqual(value);
  });

  it('of a library become the same records', () => {
    const at = new Date(1_700_000_000_123);
    const record = plain.decode(
      written({ id: 2n ** 40n, name: 'Zürich', at, list: [1, 2.5, null], inner: { a: 'x'.repeat(300) } }),
    );
    expect(record).toMatchObject({
      record: {
        names: ['id', 'name', 'at', 'list', 'inner'],
        values: [
          2n ** 40n,
          'Zürich',
          new DecodedInstant(1_700_000_000_123_000n),
          new DecodedList([1n, 2.5, null]),
          new DecodedRecord(['a'], ['x'.repeat(300)]),
        ],
      },
      type: undefined,
    });
  });
});

describe('records of one kind', () => {
  it('share their names, and lose none when a field comes, goes or moves', () => {
    const shapes = [
      { a: 1, b: 2, c: 3 },
      { a: 1, b: 2, c: 3 },
      { a: 1, c: 3 },
      { a: 1, b: 2, c: 3, d: 4 },
      { b: 2, a: 1 },
      {},
      { a: 9, b: 8 },
    ];
    for (const shape of [...shapes, ...shapes.toReversed()]) {
      const decoded = plain.decode(written(shape));
      if (decoded.kind === 'failure') throw new Error(decoded.message);
      const { names, values } = decoded.record;
      expect(Object.fromEntries(names.map((name, place) => [name, Number(values[place])]))).toEqual(shape);
    }
    const twice = [0, 0].map(() => plain.decode(written({ x: { y: 1 } })));
    const [one, other] = twice.map((each) => (each.kind === 'record' ? each.record.names : []));
    expect(one).toBe(other);
  });
});

describe('what is no record', () => {
  it.each([
    ['nothing', [], 'InvalidPayload', '$'],
    ['a number', [5], 'NotAnObject', '$'],
    ['an array', [0x91, 1], 'NotAnObject', '$'],
    ['a timestamp', [0xd6, 0xff, 0, 0, 0, 1], 'NotAnObject', '$'],
    ['an extension', [0xd4, 5, 9], 'NotAnObject', '$'],
    ['a byte that begins nothing', [...mapOf(0xc1)], 'InvalidPayload', '$.a'],
    ['more than a value', [...mapOf(1), 1], 'InvalidPayload', '$'],
    ['half a map', [0x82, 0xa1, 0x61, 1], 'InvalidPayload', '$'],
    ['a name twice', [0x82, 0xa1, 0x61, 1, 0xa1, 0x61, 2], 'DuplicateKey', '$'],
    ['a name as a string and a number', [0x82, 0xa1, 0x35, 1, 5, 2], 'DuplicateKey', '$'],
    ['a name that is a list', [0x81, 0x90, 1], 'InvalidPayload', '$'],
    ['broken UTF-8', [...mapOf(0xa2, 0xc3, 0x28)], 'InvalidUtf8', '$.a'],
    ['a string beyond the end', [...mapOf(0xdb, 0xff, 0xff, 0xff, 0xff)], 'InvalidPayload', '$.a'],
    ['four billion elements in no bytes', [...mapOf(0xdd, 0xff, 0xff, 0xff, 0xff)], 'InvalidPayload', '$.a'],
    ['a list with a broken element', [...mapOf(0x92, 1, 0xc1)], 'InvalidPayload', '$.a[1]'],
    ['a timestamp of five bytes', [...mapOf(0xc7, 5, 0xff, 0, 0, 0, 0, 0)], 'InvalidPayload', '$.a'],
    [
      'a timestamp of too many nanoseconds',
      [...mapOf(0xd7, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1)],
      'InvalidPayload',
      '$.a',
    ],
  ])('fails: %s', (_, bytes, error, path) => {
    expect(plain.decode(Uint8Array.from(bytes))).toMatchObject({ kind: 'failure', error, path });
  });

  it('fails past 64 levels, and where bytes would each be a record', () => {
    const deep = (levels: number) => Uint8Array.from([...mapOf(...new Array(levels).fill(0x91)), 1]);
    expect(plain.decode(deep(63)).kind).toBe('record');
    expect(plain.decode(deep(64))).toMatchObject({ error: 'TooDeep' });
    const bomb = Buffer.concat([mapOf(0xdd, 0, 0x0f, 0x42, 0x40), Buffer.alloc(1_000_000, 0x80)]);
    expect(plain.decode(bomb)).toMatchObject({ error: 'TooLarge' });
  });
});

describe('by schema', () => {
  const trade = {
    name: 'trades.Trade',
    fields: [
      { name: 'id', type: 'long' },
      { name: 'note', type: 'string', index: 4 },
      { name: 'price', type: 'double', index: 1 },
      {
        name: 'legs',
        type: { type: 'array', elementType: { type: 'struct', fields: [{ name: 'x', type: 'long' }] } },
        index: 2,
      },
      { name: 'tags', type: { type: 'map', keyType: 'long', valueType: 'string' }, index: 3 },
    ],
  };
  const registered: Record<string, RegistrySchema> = {
    5: { kind: 'msgpack', text: JSON.stringify(trade), references: [] },
    6: { kind: 'msgpack', text: '{"fields": [{"name": "a", "type": "complex"}]}', references: [] },
    7: {
      kind: 'msgpack',
      text: '{"fields": [{"name": "a", "type": "long"}, {"name": "a", "type": "long"}]}',
      references: [],
    },
    8: { kind: 'msgpack', text: 'no JSON', references: [] },
    9: { kind: 'avro', text: '"long"', references: [] },
  };
  const ports: FormatPorts = {
    registryOf: () => ({ schemaById: async (id) => registered[id] }),
    schemaFile: () => Buffer.from(JSON.stringify(trade)),
  };
  const ofFile = msgpackDecoder({ kind: 'msgpack', framing: 'none', schemaFile: ['trade.json'] }, ports);

  const expected = {
    record: {
      names: ['id', 'note', 'price', 'legs', 'tags'],
      values: [
        1n,
        'hi',
        2.5,
        new DecodedList([new DecodedRecord(['x'], [3n]), new DecodedRecord(['x'], [4n])]),
        new DecodedMap([[7n, 'seven']]),
      ],
    },
    type: {
      name: 'trades.Trade',
      columns: { fields: [{ type: 'long' }, { type: 'string' }, { type: 'double' }, {}, {}] },
    },
  };

  it('fields of arrays are told by index', () => {
    const tags = Uint8Array.of(0x81, 7, 0xa5, ...Buffer.from('seven'));
    const head = Buffer.concat([
      Uint8Array.of(0x95),
      written(1),
      written(2.5),
      written([[3], { x: 4 }]),
      tags,
      written('hi'),
    ]);
    expect(ofFile.decode(head)).toMatchObject(expected);
  });

  it('fields of maps are told by name or index; others are kept', () => {
    const tags = Uint8Array.of(0x81, 7, 0xa5, ...Buffer.from('seven'));
    const byBoth = [
      Uint8Array.of(0x85),
      written('id'),
      written(1),
      written(1),
      written(2.5),
      written('legs'),
      written([[3], [4]]),
    ];
    const payload = Buffer.concat([...byBoth, Uint8Array.of(3), tags, written('note'), written('hi')]);
    expect(ofFile.decode(payload)).toMatchObject(expected);
    expect(ofFile.decode(written({ id: 1, more: true }))).toMatchObject({
      record: { names: [...expected.record.names, 'more'], values: [1n, null, null, null, null, true] },
    });
  });

  it.each([
    ['an element for no field', written([1, 2.5, [], null, 'hi', 'more']), 'InvalidPayload', '$'],
    ['a field by name and index', Uint8Array.of(0x82, 0xa2, 0x69, 0x64, 1, 0, 2), 'DuplicateKey', '$'],
    ['an index of no field', Uint8Array.of(0x81, 9, 1), 'InvalidPayload', '$'],
    ['a broken field', Uint8Array.of(0x92, 1, 0xc1), 'InvalidPayload', '$.price'],
    [
      'a broken field of a record in a list',
      Uint8Array.of(0x93, 1, 1, 0x91, 0x91, 0xc1),
      'InvalidPayload',
      '$.legs[0].x',
    ],
    ['a number', Uint8Array.of(1), 'NotAnObject', '$'],
  ])('fails for %s', (_, payload, error, path) => {
    expect(ofFile.decode(payload)).toMatchObject({ kind: 'failure', error, path, type: { name: 'trades.Trade' } });
  });

  it('keys of a map are told apart by what they are: times, bytes, numbers', () => {
    const table = { fields: [{ name: 'm', type: { type: 'map', keyType: 'timestamp', valueType: 'long' } }] };
    const files: FormatPorts = { ...noPorts, schemaFile: () => Buffer.from(JSON.stringify(table)) };
    const decoder = msgpackDecoder({ kind: 'msgpack', framing: 'none', schemaFile: ['m.json'] }, files);
    const entry = (seconds: number, value: number) => [0xd6, 0xff, 0, 0, 0, seconds, value];
    const mapIn = (...entries: number[][]) => Uint8Array.of(0x91, 0x80 | entries.length, ...entries.flat());
    expect(decoder.decode(mapIn(entry(1, 5), entry(2, 6)))).toMatchObject({
      record: {
        values: [
          new DecodedMap([
            [new DecodedInstant(1_000_000n), 5n],
            [new DecodedInstant(2_000_000n), 6n],
          ]),
        ],
      },
    });
    expect(decoder.decode(mapIn(entry(1, 5), entry(1, 6)))).toMatchObject({
      error: 'DuplicateKey',
      message: 'expected each name once in a map, got "1970-01-01T00:00:01Z" twice',
    });
    expect(decoder.decode(mapIn([0xc4, 1, 0x31, 1], [0xa1, 0x31, 2]))).toMatchObject({ kind: 'record' });
  });

  it('nothing but a string or an integer names a field', () => {
    const table = { fields: [{ name: 'null', type: 'long' }] };
    const files: FormatPorts = { ...noPorts, schemaFile: () => Buffer.from(JSON.stringify(table)) };
    const decoder = msgpackDecoder({ kind: 'msgpack', framing: 'none', schemaFile: ['m.json'] }, files);
    expect(decoder.decode(Uint8Array.of(0x81, 0xc0, 7))).toMatchObject({
      error: 'InvalidPayload',
      message: 'expected the name or index of a field, got null, at byte 2',
    });
  });

  it('the schema is asked for by the id of each payload', async () => {
    const decoder = msgpackDecoder({ kind: 'msgpack', framing: 'confluent', registry: 'main' }, ports);
    const payloads = [5, 6, 7, 8, 9, 10].map((id) => Buffer.concat([Buffer.of(0, 0, 0, 0, id), written([1])]));
    await decoder.prepare(payloads);
    expect(payloads.map((payload) => decoder.decode(payload))).toMatchObject([
      { kind: 'record', type: { name: 'trades.Trade', id: '5' } },
      { error: 'UnusableSchema', message: expect.stringContaining('schema 6:') },
      { error: 'UnusableSchema', message: "schema 7: expected each field's name once, got a, a" },
      { error: 'UnusableSchema', message: 'schema 8: expected JSON' },
      { error: 'UnusableSchema', message: expect.stringContaining('of kind avro') },
      { error: 'UnknownSchema' },
    ]);
  });
});
