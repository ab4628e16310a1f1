import protobuf from 'protobufjs';
import 'protobufjs/ext/descriptor.js';
import { describe, expect, it } from 'vitest';
import { DecodedList, DecodedMap } from '#formats/decoded-value.ts';
import type { FormatPorts } from '#formats/format-ports.ts';
import { protobufDecoder } from '#formats/protobuf/protobuf-decoder.ts';
import type { RegistrySchema } from '#formats/registry.ts';

const order = `
  syntax = "proto3";
  package shop;
  import "shop/money.proto";
  message Order {
    map<string, int32> counts = 1;
    message Line { string sku = 1; message Gift { string text = 1; } }
    enum Kind { NONE = 0; }
    message Buyer { string name = 1; }
    int64 id = 2;
    Money total = 3;
  }
  message Refund { int64 id = 1; }`;
const money = 'syntax = "proto3"; package shop; message Money { string currency = 1; int64 units = 2; }';

const registered: Record<string, RegistrySchema> = {
  7: { kind: 'protobuf', text: order, references: [{ name: 'shop/money.proto', text: money }] },
  8: { kind: 'protobuf', text: 'message {', references: [] },
  9: { kind: 'avro', text: '"string"', references: [] },
  10: { kind: 'protobuf', text: 'syntax = "proto3"; import "gone.proto"; message A {}', references: [] },
  11: { kind: 'protobuf', text: 'syntax = "proto3"; message A { Missing b = 1; }', references: [] },
  12: {
    kind: 'protobuf',
    text: 'syntax = "proto3"; import "confluent/meta.proto"; import "confluent/type/decimal.proto"; message A { confluent.type.Decimal d = 1 [(confluent.field_meta).doc = "x"]; }',
    references: [],
  },
  14: {
    kind: 'protobuf',
    text: 'syntax = "proto3"; import "mine.proto"; import "google/protobuf/any.proto"; message A {}',
    references: [
      { name: 'mine.proto', text: 'syntax = "proto3"; package google.protobuf; message Any { int32 a = 1; }' },
    ],
  },
  13: {
    kind: 'protobuf',
    text: 'syntax = "proto3"; package p; import "google/type/date.proto"; import "google/protobuf/descriptor.proto"; message A { google.type.Date d = 1; }',
    references: [],
  },
};

const files: Record<string, string | Uint8Array> = {
  'schemas/order.proto': order,
  'schemas/shop/money.proto': money,
  'schemas/one.proto': 'syntax = "proto3"; message One { int32 a = 1; }',
};

const ports: FormatPorts = {
  registryOf: () => ({ schemaById: async (id) => registered[id] }),
  schemaFile: (path) => Buffer.from(files[path] as string | Uint8Array),
};

const framed = (id: number, indexes: readonly number[], message: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.of(0, 0, 0, 0, id), Buffer.from(indexes), message]);

async function decoded(payload: Uint8Array, framing: 'confluent' | 'glue' = 'confluent') {
  const decoder = protobufDecoder({ kind: 'protobuf', framing, registry: 'main' }, ports);
  await decoder.prepare([payload]);
  return decoder.decode(payload);
}

describe('Confluent framing', () => {
  const id5 = Buffer.of(16, 5);

  it.each([
    ['the first message, in short', [0], 'shop.Order'],
    ['the first message', [2, 0], 'shop.Order'],
    ['the second message', [2, 2], 'shop.Refund'],
    ['a message within', [4, 0, 0], 'shop.Order.Line'],
    ['a message behind an enum and a map', [4, 0, 2], 'shop.Order.Buyer'],
    ['a message two levels down', [6, 0, 0, 0], 'shop.Order.Line.Gift'],
  ])('tells %s', async (_, indexes, name) => {
    const result = await decoded(framed(7, indexes, Buffer.of()));
    expect(result).toMatchObject({ kind: 'record', type: { name, id: '7' } });
  });

  it('gives records with columns, the same type for each payload', async () => {
    const decoder = protobufDecoder({ kind: 'protobuf', framing: 'confluent', registry: 'main' }, ports);
    const payload = framed(7, [0], id5);
    await decoder.prepare([payload]);
    const [first, second] = [decoder.decode(payload), decoder.decode(payload)];
    expect(first).toMatchObject({ kind: 'record', record: { names: ['counts', 'id', 'total'] } });
    expect(first.type).toBe(second.type);
    expect(first).toMatchObject({
      type: {
        columns: {
          fields: [{ name: 'counts' }, { name: 'id', type: 'long' }, { name: 'total', type: { type: 'struct' } }],
        },
      },
    });
  });

  it.each([
    ['an index of no message', framed(7, [2, 6], Buffer.of()), 'InvalidFraming', 'got 3'],
    ['a negative index', framed(7, [2, 1], Buffer.of()), 'InvalidFraming', 'got -1'],
    ['too many indexes', framed(7, [0xfe, 0xff, 3], Buffer.of()), 'InvalidFraming', 'message indexes'],
    ['half of the indexes', framed(7, [8, 0], Buffer.of()), 'InvalidFraming', 'which message'],
    ['no indexes', framed(7, [], Buffer.of()), 'InvalidFraming', 'which message'],
    ['an unknown id', framed(6, [0], Buffer.of()), 'UnknownSchema', 'id 6'],
    [
      'a schema that is none',
      framed(8, [0], Buffer.of()),
      'UnusableSchema',
      'schema 8: expected the schema to be .proto text',
    ],
    ['a schema of another kind', framed(9, [0], Buffer.of()), 'UnusableSchema', 'of kind avro'],
    ['an import that is not there', framed(10, [0], Buffer.of()), 'UnusableSchema', 'gone.proto'],
    ['two types of one name', framed(14, [0], Buffer.of()), 'UnusableSchema', 'duplicate'],
    ['a type that is not there', framed(11, [0], Buffer.of()), 'UnusableSchema', 'Missing'],
  ])('fails for %s', async (_, payload, error, message) => {
    expect(await decoded(payload)).toMatchObject({ kind: 'failure', error, message: expect.stringContaining(message) });
  });

  it("knows what Confluent's and Google's tools import without a reference", async () => {
    expect(await decoded(framed(12, [0], Buffer.of()))).toMatchObject({ kind: 'record', type: { name: 'A' } });
    expect(await decoded(framed(13, [0], Buffer.of()))).toMatchObject({ kind: 'record', type: { name: 'p.A' } });
  });
});

describe('schemas as descriptors in base64', () => {
  /** What `protoc` makes of the text, imports left out: packages are files of their own for the library. */
  const base64Of = (text: string, dependency: string[], more: protobuf.Root = new protobuf.Root()): string => {
    const own = protobuf.parse(text, more, { keepCase: true }).root.resolveAll() as DescribedRoot;
    const { file } = own.toDescriptor('proto3') as unknown as { file: { package?: string; dependency: string[] }[] };
    const last = file.find((each) => each.package === 'mine');
    if (last === undefined) throw new Error('expected a package mine');
    const set = own.toDescriptor('proto3').$type.root.lookupType('google.protobuf.FileDescriptorProto');
    return Buffer.from(set.encode({ ...last, dependency }).finish()).toString('base64');
  };
  type DescribedRoot = protobuf.Root & { toDescriptor(syntax: string): protobuf.Message };
  const text = `syntax = "proto3"; package mine;
    message Zero { int32 a = 1; }
    message Visit { map<string, int64> tags = 1; message Step { optional int32 n = 1; repeated Step next = 2; } Step step = 2; }`;

  it('are read, with the entries of maps among the messages that indexes count', async () => {
    registered[20] = { kind: 'protobuf', text: base64Of(text, []), references: [] };
    expect(await decoded(framed(20, [0], Buffer.of(8, 5)))).toMatchObject({ type: { name: 'mine.Zero' } });
    const visit = await decoded(framed(20, [2, 2], Buffer.of(10, 5, 10, 1, 65, 16, 9, 18, 2, 8, 3)));
    expect(visit).toMatchObject({
      type: { name: 'mine.Visit', columns: { fields: [{ type: { type: 'map', valueType: 'long' } }, { type: {} }] } },
      record: { names: ['tags', 'step'], values: [new DecodedMap([['A', 9n]]), { names: ['n', 'next'] }] },
    });
    const steps = await Promise.all(
      [
        [4, 2, 0],
        [4, 2, 2],
      ].map((path) => decoded(framed(20, path, Buffer.of()))),
    );
    expect(steps.map((step) => (step.kind === 'record' ? step.type?.name : step.error))).toEqual(
      expect.arrayContaining(['mine.Visit.Step', 'InvalidFraming']),
    );
  });

  it('may use what Google has, and say when a reference is text', async () => {
    const withTimestamp = () => protobuf.Root.fromJSON(protobuf.common.get('google/protobuf/timestamp.proto') ?? {});
    const dated = 'syntax = "proto3"; package mine; message Dated { google.protobuf.Timestamp at = 1; }';
    const base64 = base64Of(dated, ['google/protobuf/timestamp.proto'], withTimestamp());
    registered[21] = { kind: 'protobuf', text: base64, references: [] };
    registered[22] = { kind: 'protobuf', text: base64, references: [{ name: 'x.proto', text: money }] };
    registered[23] = {
      kind: 'protobuf',
      text: base64Of(dated, ['gone.proto'], withTimestamp()),
      references: [],
    };
    expect(await decoded(framed(21, [0], Buffer.of(10, 2, 8, 7)))).toMatchObject({
      record: { values: [{ micros: 7_000_000n }] },
      type: { columns: { fields: [{ name: 'at', type: 'timestamp' }] } },
    });
    expect(await decoded(framed(22, [0], Buffer.of()))).toMatchObject({ message: expect.stringContaining('x.proto') });
    expect(await decoded(framed(23, [0], Buffer.of()))).toMatchObject({
      message: expect.stringContaining('gone.proto'),
    });
  });
});

describe('Glue framing', () => {
  it.each([
    [0, 'shop.Order'],
    [1, 'shop.Order.Buyer'],
    [3, 'shop.Order.Line'],
    [4, 'shop.Order.Line.Gift'],
    [5, 'shop.Refund'],
  ])('counts messages by their full names: %i is %s, entries of maps among them', async (index, name) => {
    const [schema] = [registered[7] as RegistrySchema];
    const uuid = '00000000-0000-0000-0000-000000000007';
    registered[uuid] = schema;
    const head = Buffer.from(uuid.replaceAll('-', ''), 'hex');
    const result = await decoded(Buffer.concat([Buffer.of(3, 0), head, Buffer.of(index)]), 'glue');
    expect(result).toMatchObject({ kind: 'record', type: { name, id: uuid } });
    expect(await decoded(Buffer.concat([Buffer.of(3, 0), head, Buffer.of(2)]), 'glue')).toMatchObject({
      error: 'InvalidFraming',
    });
  });
});

describe('schema files', () => {
  const format = { kind: 'protobuf', framing: 'none' } as const;

  it('are .proto text with what it imports', () => {
    const schemaFile = ['schemas/order.proto', 'schemas/shop/money.proto'];
    const decoder = protobufDecoder({ ...format, schemaFile, message: 'shop.Refund' }, ports);
    expect(decoder.decode(Buffer.of(8, 3))).toMatchObject({
      record: { names: ['id'], values: [3n] },
      type: { name: 'shop.Refund', id: undefined },
    });
    expect(protobufDecoder({ ...format, schemaFile }, ports).decode(Buffer.of(16, 3))).toMatchObject({
      type: { name: 'shop.Order' },
    });
  });

  it('are descriptor sets', () => {
    const text = `syntax = "proto3"; package d; message First { optional int32 a = 1; repeated int32 b = 2; map<string, First> c = 3; oneof o { string e = 4; bytes f = 5; } }
      message Second { First first = 1; }`;
    const set = protobuf.parse(text, { keepCase: true }).root.resolveAll() as protobuf.Root & {
      toDescriptor(syntax: string): protobuf.Message;
    };
    const descriptor = set.toDescriptor('proto3');
    files['schemas/all.desc'] = descriptor.$type.encode(descriptor).finish();
    const decoder = protobufDecoder({ ...format, schemaFile: ['schemas/all.desc'], message: 'd.First' }, ports);
    const result = decoder.decode(Buffer.of(18, 2, 1, 2, 34, 1, 65));
    expect(result).toMatchObject({
      record: { names: ['a', 'b', 'c', 'e', 'f'], values: [null, new DecodedList([1n, 2n]), {}, 'A', null] },
      type: { columns: { fields: [{ type: 'integer' }, {}, { type: { type: 'map', valueType: 'string' } }, {}, {}] } },
    });
  });

  it.each([
    [
      ['schemas/order.proto'],
      undefined,
      'schemaFile schemas/order.proto: expected a reference for what the schema imports, shop/money.proto',
    ],
    [['schemas/one.proto'], 'Two', 'expected a message Two in the schema, got One'],
  ])('that cannot be used are refused: %j', (schemaFile, message, expected) => {
    expect(() => protobufDecoder({ ...format, schemaFile, message }, ports)).toThrow(expected);
  });

  it('that are no descriptor set are refused', () => {
    files['schemas/bad.desc'] = Buffer.from('not a set of descriptors');
    const bad = { ...format, schemaFile: ['schemas/bad.desc'] };
    expect(() => protobufDecoder(bad, ports)).toThrow('schemaFile schemas/bad.desc: expected a FileDescriptorSet');
  });
});
