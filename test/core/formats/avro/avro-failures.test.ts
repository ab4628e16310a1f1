import { describe, expect, test } from 'vitest';
import { avroBody } from '#formats/avro/avro-body.ts';
import { NumberToken } from '#formats/decoded-value.ts';
import { bodyOf, written } from './avro-payloads.ts';

const record = (type: unknown, more: object = {}) => ({
  type: 'record',
  name: 'R',
  fields: [{ name: 'f', type }],
  ...more,
});
const failureOf = (type: unknown, bytes: readonly number[]) => {
  const decoded = bodyOf(record(type)).decode(Uint8Array.from(bytes));
  if (decoded.kind !== 'failure') throw new Error(`expected a failure, got ${decoded.record.raw}`);
  return [decoded.error, decoded.message];
};

describe('payloads that are not as their schema has them', () => {
  test.each([
    ['too short', 'double', [0, 0], 'InvalidPayload', 'truncated'],
    ['a string that ends after the payload', 'string', [200, 1, 97], 'InvalidPayload', 'end of the payload'],
    ['too long', 'boolean', [1, 1], 'InvalidPayload', 'trailing data'],
    ['text that is not UTF-8', 'string', [4, 0xc3, 0x28], 'InvalidUtf8', 'UTF-8'],
    ['a symbol that there is not', { type: 'enum', name: 'E', symbols: ['A'] }, [2], 'InvalidPayload', 'got 1'],
    ['a member of a union that there is not', ['null', 'int'], [4], 'InvalidPayload', 'union index'],
    ['an int of more than 32 bits', 'int', [255, 255, 255, 255, 127], 'InvalidPayload', '32 bits'],
    ['a long of more than ten bytes', 'long', [...Array(11).fill(255), 1], 'InvalidPayload', '10 bytes'],
    ['a key twice', { type: 'map', values: 'null' }, [4, 2, 97, 2, 97, 0], 'DuplicateKey', 'once'],
    [
      'any number of items without content',
      { type: 'array', items: 'null' },
      [254, 255, 255, 255, 15, 0],
      'TooLarge',
      '10000',
    ],
    [
      'any number of items past the end',
      { type: 'array', items: 'long' },
      [254, 255, 255, 255, 15],
      'InvalidPayload',
      'end',
    ],
    ['a string of negative length', 'string', [1], 'InvalidPayload', 'truncated'],
  ])('%s', (_, type, bytes, error, message) => {
    const [found, text] = failureOf(type, bytes);
    expect(found).toBe(error);
    expect(text).toContain(message);
  });

  const nulls = Array.from({ length: 1_000 }, (_, index) => ({ name: `n${index}`, type: 'null' }));
  const wide = { type: 'record', name: 'W', fields: [...nulls, { name: 'b', type: 'boolean' }] };

  test.each([
    ['arrays of arrays of nothing', { type: 'array', items: { type: 'array', items: 'null' } }, [0xa0, 0x9c, 1, 0]],
    ['records of a byte and many nulls', { type: 'array', items: wide }, [0]],
  ])('%s become no more than memory is for', (_, type, item) => {
    const count = 20_000;
    const items = Array.from({ length: count }, () => item).flat();
    const started = process.memoryUsage().heapUsed;
    expect(failureOf(type, [...written('long', count), ...items, 0])).toEqual([
      'TooLarge',
      'expected fewer values in one payload, got more',
    ]);
    expect(process.memoryUsage().heapUsed - started).toBeLessThan(400_000_000);
    // What one payload became is nothing to the next.
    expect(bodyOf(record('int')).decode(Uint8Array.of(2)).kind).toBe('record');
  });

  test('a decimal of a million bytes is refused before its digits are written', () => {
    const type = { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 2 };
    const value = Buffer.alloc(1_000_000, 0x5a);
    const started = process.cpuUsage();
    expect(failureOf(type, [...written(record(type), { f: value })])).toEqual([
      'InvalidPayload',
      'expected a decimal of at most 38 digits, got more',
    ]);
    expect(process.cpuUsage(started).user).toBeLessThan(1_500_000);
    const padded = Buffer.concat([Buffer.alloc(100, 0xff), Buffer.of(0x85)]);
    expect(bodyOf(record(type)).decode(written(record(type), { f: padded }))).toMatchObject({
      record: { values: [new NumberToken('-1.23')] },
    });
  });

  test('every beginning of a payload is a failure', () => {
    const schema = record({ type: 'array', items: { type: 'map', values: ['null', 'string', 'double'] } });
    const bytes = written(schema, { f: [{ a: { string: 'xyz' }, b: null }, { c: { double: 1 } }] });
    const body = bodyOf(schema);
    expect(body.decode(bytes).kind).toBe('record');
    for (let end = 0; end < bytes.length; end++)
      expect(body.decode(bytes.subarray(0, end)).kind, `${end}`).toBe('failure');
  });

  test('the path leads to the value', () => {
    const inner = { type: 'record', name: 'I', fields: [{ name: 'u', type: ['null', 'string'] }] };
    const body = bodyOf(record({ type: 'array', items: { type: 'map', values: inner } }));
    const one = [2, 2, 2, 97, 0, 0, 2, 2, 2, 97];
    expect(body.decode(Uint8Array.from([...one, 8]))).toMatchObject({
      path: '$.f[1][0].value.u',
      message: 'expected a type of the union: invalid union index: 4',
    });
    expect(body.decode(Uint8Array.from([...one, 2, 2, 0xff]))).toMatchObject({
      path: '$.f[1][0].value.u',
      error: 'InvalidUtf8',
    });
  });

  test('a length that is no number spoils nothing for the payloads after', () => {
    const schema = {
      ...record('bytes'),
      fields: [
        { name: 'f', type: 'bytes' },
        { name: 'g', type: { type: 'fixed', name: 'F', size: 2 } },
      ],
    };
    const body = bodyOf(schema);
    const overlong = Uint8Array.from([...Array(400).fill(0x80), 0]);
    expect(body.decode(overlong)).toMatchObject({ kind: 'failure', error: 'InvalidPayload', path: '$.f' });
    expect(body.decode(Uint8Array.of(4, 7, 8, 9, 10))).toMatchObject({
      record: { values: [Buffer.of(7, 8), Buffer.of(9, 10)] },
    });
  });

  test('recursion to the end of the stack', () => {
    const body = bodyOf({ ...record(['null', 'R']) });
    const decoded = body.decode(new Uint8Array(1_000_000).fill(2));
    expect(decoded).toMatchObject({ kind: 'failure', error: 'TooDeep' });
    const endless = bodyOf(record('R')).decode(new Uint8Array());
    expect(endless).toMatchObject({ kind: 'failure', error: 'TooDeep' });
  });

  test('U+FFFD itself is text like any other', () => {
    const schema = record('string');
    expect(bodyOf(schema).decode(written(schema, { f: 'a\ufffdb' }))).toMatchObject({
      record: { values: ['a\ufffdb'] },
    });
  });
});

test.each([
  ['no JSON', '{', 'expected an Avro schema in JSON'],
  ['no record', '"long"', 'expected the schema of a record'],
  ['a name that is not defined', JSON.stringify(record('Other')), 'got Other'],
  ['a field without a name', JSON.stringify({ ...record('int'), fields: [{ type: 'int' }] }), "each field's name once"],
  [
    'a field twice',
    JSON.stringify({
      ...record('int'),
      fields: [
        { name: 'a', type: 'int' },
        { name: 'a', type: 'int' },
      ],
    }),
    'got "a"',
  ],
  ['a fixed type without a size', JSON.stringify(record({ type: 'fixed', name: 'F' })), 'size of a fixed type'],
  ['symbols that are no list', JSON.stringify(record({ type: 'enum', name: 'E' })), 'list of symbols'],
  ['a union in a union', JSON.stringify(record(['null', ['int']])), 'union'],
  ['levels without end', `${'{"type":"array","items":'.repeat(300)}"int"${'}'.repeat(300)}`, '256 levels'],
])('a schema that cannot be used: %s', (_, text, message) => {
  const body = avroBody(text, [], '9');
  expect(body).toMatchObject({ kind: 'failure', error: 'UnusableSchema', path: '$' });
  expect('kind' in body && body.message).toContain(message);
  expect('kind' in body && body.message).toContain('schema 9: ');
});

test('a schema whose records multiply is refused before it is expanded', () => {
  const levels = 20;
  let type: unknown = { type: 'record', name: 'L0', fields: [{ name: 'x', type: 'int' }] };
  for (let level = 1; level < levels; level++) {
    const fields = [{ name: 'a', type }, ...'bc'.split('').map((name) => ({ name, type: `L${level - 1}` }))];
    type = { type: 'record', name: `L${level}`, fields };
  }
  expect(avroBody(JSON.stringify(type), [], '1')).toMatchObject({ error: 'UnusableSchema' });
});
