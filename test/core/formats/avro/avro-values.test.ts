import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodedDate, DecodedInstant } from '#formats/decoded-time.ts';
import { DecodedList, DecodedMap, type DecodedRecord, NumberToken } from '#formats/decoded-value.ts';
import { bodyOf, fieldRead, readBody, written } from './avro-payloads.ts';

describe('primitives', () => {
  test.each([
    ['boolean', true, true, 'boolean'],
    ['int', -2_147_483_648, -2_147_483_648n, 'integer'],
    ['long', 9_007_199_254_740_990, 9_007_199_254_740_990n, 'long'],
    ['float', 0.5, 0.5, 'float'],
    ['double', -0, -0, 'double'],
    ['string', 'naïve 🎈', 'naïve 🎈', 'string'],
    ['bytes', Buffer.from([0, 255]), Buffer.from([0, 255]), 'binary'],
    [{ type: 'fixed', name: 'F', size: 2 }, Buffer.from([1, 2]), Buffer.from([1, 2]), 'binary'],
    [{ type: 'enum', name: 'E', symbols: ['A', 'B'] }, 'B', 'B', 'string'],
  ])('%j', (type, value, decoded, delta) => {
    expect(fieldRead(type, value)).toEqual({ value: decoded, delta });
  });

  test('all of int64, beyond the integers of doubles', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const zigzag = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
        const bytes: number[] = [];
        let rest = zigzag;
        for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
        const body = bodyOf({ type: 'record', name: 'R', fields: [{ name: 'f', type: 'long' }] });
        return readBody(body, Uint8Array.from([...bytes, Number(rest)])).record.values[0] === value;
      }),
    );
  });

  test('a record of null has no column', () => {
    expect(fieldRead('null', null)).toEqual({ value: null, delta: undefined });
  });
});

describe('logical types', () => {
  const instant = (micros: bigint, isLocal = false, nanos = 0) => new DecodedInstant(micros, isLocal, nanos);
  test.each([
    ['timestamp-millis', -1, instant(-1000n), 'timestamp'],
    ['timestamp-micros', 1_700_000_000_123_456, instant(1_700_000_000_123_456n), 'timestamp'],
    ['timestamp-nanos', -1, instant(-1n, false, 999), 'timestamp'],
    ['local-timestamp-millis', 1, instant(1000n, true), 'timestamp_ntz'],
    ['local-timestamp-micros', 1, instant(1n, true), 'timestamp_ntz'],
    ['local-timestamp-nanos', 1_001, instant(1n, true, 1), 'timestamp_ntz'],
    ['time-micros', 86_399_999_999, 86_399_999_999n, 'long'],
    ['unheard-of', 5, 5n, 'long'],
  ])('long: %s', (logicalType, value, decoded, delta) => {
    expect(fieldRead({ type: 'long', logicalType }, value)).toEqual({ value: decoded, delta });
  });

  test.each([
    ['date', -719_162, new DecodedDate(-719_162), 'date'],
    ['time-millis', 1, 1n, 'integer'],
  ])('int: %s', (logicalType, value, decoded, delta) => {
    expect(fieldRead({ type: 'int', logicalType }, value)).toEqual({ value: decoded, delta });
  });

  test('decimals of bytes and of fixed size keep every digit', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }),
        fc.integer({ min: 0, max: 38 }),
        (unscaled, scale) => {
          const hex = BigInt.asUintN(128, unscaled).toString(16).padStart(32, '0');
          const type = { type: 'fixed', name: 'D', size: 16, logicalType: 'decimal', precision: 38, scale };
          const { value, delta } = fieldRead(type, Buffer.from(hex, 'hex'));
          const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
          const point = digits.length - scale;
          const text = `${unscaled < 0n ? '-' : ''}${digits.slice(0, point)}${scale === 0 ? '' : `.${digits.slice(point)}`}`;
          expect({ value, delta }).toEqual({ value: new NumberToken(text), delta: `decimal(38,${scale})` });
        },
      ),
    );
    const bytes = (precision: number, hex: string) =>
      fieldRead({ type: 'bytes', logicalType: 'decimal', precision, scale: 2 }, Buffer.from(hex, 'hex'));
    expect(bytes(4, 'ff85')).toEqual({ value: new NumberToken('-1.23'), delta: 'decimal(4,2)' });
    expect(bytes(4, '')).toEqual({ value: new NumberToken('0.00'), delta: 'decimal(4,2)' });
    expect(bytes(60, '01'.repeat(20)).delta).toBe('string');
    expect(() => bytes(2, '03e8')).toThrow('expected a decimal of at most 2 digits, got 4');
  });

  test('UUIDs are text, durations are structs', () => {
    const uuid = '0f8fad5b-d9cb-469f-a165-70867728950e';
    expect(fieldRead({ type: 'string', logicalType: 'uuid' }, uuid)).toEqual({ value: uuid, delta: 'string' });
    const fixed = { type: 'fixed', name: 'U', size: 16, logicalType: 'uuid' };
    expect(fieldRead(fixed, Buffer.from(uuid.replaceAll('-', ''), 'hex'))).toEqual({ value: uuid, delta: 'string' });
    const duration = { type: 'fixed', name: 'T', size: 12, logicalType: 'duration' };
    const { value } = fieldRead(duration, Buffer.from('01000000ffffffff00000080', 'hex'));
    expect((value as DecodedRecord).raw).toBe('{"months":1,"days":4294967295,"millis":2147483648}');
  });

  test('a logical type that is wrongly used is left out, as the specification asks', () => {
    expect(fieldRead({ type: 'bytes', logicalType: 'decimal', precision: 2, scale: 3 }, Buffer.of(1)).delta).toBe(
      'binary',
    );
    expect(fieldRead({ type: 'int', logicalType: 'timestamp-micros' }, 1).delta).toBe('integer');
  });
});

describe('nested types', () => {
  test('arrays and maps, blocks with sizes too', () => {
    expect(fieldRead({ type: 'array', items: 'int' }, [1, 2])).toEqual({
      value: new DecodedList([1n, 2n]),
      delta: { type: 'array', elementType: 'integer', containsNull: true },
    });
    expect(fieldRead({ type: 'map', values: ['null', 'string'] }, { b: { string: 'x' }, a: null })).toEqual({
      value: new DecodedMap([
        ['b', 'x'],
        ['a', null],
      ]),
      delta: { type: 'map', keyType: 'string', valueType: 'string', valueContainsNull: true },
    });
    const body = bodyOf({ type: 'record', name: 'R', fields: [{ name: 'f', type: { type: 'array', items: 'int' } }] });
    // Two blocks of one item each, the first with its size.
    expect(readBody(body, Uint8Array.of(1, 2, 2, 2, 4, 0)).record.values).toEqual([new DecodedList([1n, 2n])]);
  });

  test('keys and names that objects of JavaScript treat apart', () => {
    const schema = { type: 'record', name: 'R', fields: [{ name: '__proto__', type: { type: 'map', values: 'int' } }] };
    const entry = Buffer.concat([Buffer.of(2, 18), Buffer.from('__proto__'), Buffer.of(14, 0)]);
    expect(readBody(bodyOf(schema), entry).record.raw).toBe('{"__proto__":{"__proto__":7}}');
  });

  test('a union of one type and null is that type; others are structs of their members', () => {
    expect(fieldRead(['null', 'long'], { long: 3 })).toEqual({ value: 3n, delta: 'long' });
    expect(fieldRead(['long', 'null'], null)).toEqual({ value: null, delta: 'long' });
    const members = ['null', 'int', 'string', { type: 'record', name: 'a.P', fields: [{ name: 'x', type: 'int' }] }];
    const { value, delta } = fieldRead(members, { 'a.P': { x: 4 } });
    expect((value as DecodedRecord).raw).toBe('{"int":null,"string":null,"P":{"x":4}}');
    expect((delta as { fields: unknown[] }).fields).toMatchObject([
      { name: 'int', type: 'integer' },
      { name: 'string', type: 'string' },
      { name: 'P', type: { type: 'struct', fields: [{ name: 'x', type: 'integer' }] } },
    ]);
    const alike = ['a.P', 'b.P'].map((name) => ({ type: 'record', name, fields: [{ name: 'x', type: 'int' }] }));
    expect((fieldRead(alike, { 'b.P': { x: 1 } }).value as DecodedRecord).names).toEqual(['a_P', 'b_P']);
  });

  test('a record within itself is JSON text, however deep', () => {
    const schema = {
      type: 'record',
      name: 'tree.Node',
      fields: [
        { name: 'id', type: 'long' },
        { name: 'at', type: { type: 'int', logicalType: 'date' } },
        { name: 'children', type: { type: 'array', items: 'Node' } },
        { name: 'parent', type: ['null', 'Node', 'string'] },
      ],
    };
    const leaf = (id: number) => ({ id, at: 0, children: [], parent: { string: 'none' } });
    const value = { ...leaf(1), children: [{ ...leaf(2), children: [leaf(3)] }], parent: { 'tree.Node': leaf(4) } };
    const { record, type } = readBody(bodyOf(schema), written(schema, value));
    const text = (id: number, children = '[]') =>
      `{"id":${id},"at":"1970-01-01","children":${children},"parent":"none"}`;
    expect(record.values[2]).toEqual(new DecodedList([text(2, `[${text(3)}]`)]));
    expect((record.values[3] as DecodedRecord).values).toEqual([text(4), null]);
    expect(type.columns?.fields.map((field) => field.type)).toMatchObject([
      'long',
      'date',
      { elementType: 'string' },
      {
        fields: [
          { name: 'Node', type: 'string' },
          { name: 'string', type: 'string' },
        ],
      },
    ]);
  });
});

test('a payload may be one of several records, each with a name and columns', () => {
  const schema = ['shop.Order', 'shop.Refund'].map((name, index) => ({
    type: 'record',
    name,
    fields: [{ name: `f${index}`, type: 'int' }],
  }));
  const { record, type } = readBody(bodyOf(schema), Uint8Array.of(2, 8));
  expect([record.names, record.values, type.name, type.id]).toEqual([['f1'], [4n], 'shop.Refund', '7']);
});

test('a payload may be a record or null, as Kafka Connect has optional values', () => {
  const body = bodyOf(['null', { type: 'record', name: 'Value', fields: [{ name: 'id', type: 'long' }] }]);
  const { record, type } = readBody(body, Uint8Array.of(2, 8));
  expect([record.names, record.values, type.name]).toEqual([['id'], [4n], 'Value']);
  expect(type.columns?.fields).toMatchObject([{ name: 'id', type: 'long' }]);
  expect(body.decode(Uint8Array.of(0))).toMatchObject({ error: 'NotAnObject', message: expect.stringMatching(/null/) });
  const beyondDoubles = Uint8Array.of(2, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1);
  expect(readBody(body, beyondDoubles).record.values).toEqual([-(2n ** 63n)]);
});

test('names are resolved by namespace, in the schema and in those that it refers to', () => {
  const money = { type: 'record', name: 'shop.Money', fields: [{ name: 'cents', type: 'long' }] };
  const schema = {
    type: 'record',
    name: 'Order',
    namespace: 'shop',
    fields: [
      { name: 'price', type: 'Money' },
      { name: 'kind', type: { type: 'enum', name: 'other.Kind', symbols: ['A'] } },
      { name: 'again', type: 'other.Kind' },
    ],
  };
  const { record, type } = readBody(bodyOf(schema, [money]), Uint8Array.of(10, 0, 0));
  expect([record.raw, type.name]).toEqual(['{"price":{"cents":5},"kind":"A","again":"A"}', 'shop.Order']);
});
