import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { encode } from '@msgpack/msgpack';
import { snappyCompress } from 'hysnappy';
import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import { lakeWorld } from '../support/capability.ts';
import { confluentFramed, TestSchemaRegistry } from '../support/schema-registry.ts';

const inPlace = { file: 'test/capabilities/settings.yaml' };
const schemaPath = join(import.meta.dirname, 'schemas/shop.proto');
const shop = protobuf.loadSync(schemaPath);
const order = shop.lookupType('shop.Order');

const payloadOf = (id: number): Buffer =>
  Buffer.from(
    order
      .encode(
        order.fromObject({
          id: String(9_007_199_254_740_992n + BigInt(id)),
          placed: { seconds: 1_700_000_000, nanos: 123_456_000 },
          state: id % 2,
          lines: [{ sku: 'A-1', count: 4_294_967_295, bundled: { sku: 'B-2' } }],
          weights: { gross: 1.5 },
          card: '4444',
          note: id % 2 === 0 ? null : { value: 'günstig' },
          checksum: '18446744073709551615',
          signature: Buffer.of(0, 255),
        }),
      )
      .finish(),
  );
const rowOf = (id: number): string =>
  `{"id":${9_007_199_254_740_992n + BigInt(id)},"placed":"2023-11-14T22:13:20.123456Z","state":"${id % 2 === 0 ? 'OPEN' : 'PAID'}",` +
  `"lines":[{"sku":"A-1","count":4294967295,"bundled":"{\\"sku\\":\\"B-2\\",\\"count\\":0,\\"bundled\\":null}"}],` +
  `"weights":[["gross",1.5]],"card":"4444","cash":null,"note":${id % 2 === 0 ? 'null' : '"günstig"'},` +
  `"checksum":"18446744073709551615","signature":"AP8=","discount":null}`;

const settings = (format: string, more = '') => `
clusters: { main: { kind: selfManaged, bootstrapServers: ['kafka:9092'] } }
${more}
sources: { orders: { kafka: { cluster: main, topic: orders }, table: orders, ${format} } }
tables: { orders: {} }
`;

test('K15 Protobuf messages of a .proto file become rows of its types, 64-bit integers exact', async () => {
  const format = 'format: { kind: protobuf, framing: none, schemaFile: schemas/shop.proto, message: shop.Order }';
  const world = await lakeWorld(settings(format), inPlace);
  await world.push(
    'orders',
    [1, 2].map((id) => ({ value: payloadOf(id) })),
  );
  await world.push('orders', [{ value: payloadOf(3).subarray(0, 20) }, { value: payloadOf(4) }]);
  await world.commit();
  expect(await world.canonicalRows('orders')).toEqual([1, 2, 4].map(rowOf));
  expect(await world.deadLetters()).toMatchObject([
    { error: 'InvalidPayload', path: '$.placed', schema_name: 'shop.Order' },
  ]);
});

test('K15 Protobuf with a registry and message indexes: each message goes to the table of its full name', async () => {
  await using registry = await TestSchemaRegistry.start();
  registry.schemas.set(5, { schema: readFileSync(schemaPath, 'utf8'), schemaType: 'PROTOBUF' });
  const world = await lakeWorld(`
clusters: { main: { kind: selfManaged, bootstrapServers: ['kafka:9092'] } }
registries: { main: { kind: confluent, url: '${registry.url}' } }
sources:
  shop:
    kafka: { cluster: main, topic: shop }
    format: { kind: protobuf, framing: confluent, registry: main }
    route: { table: '{type}', by: { type: schema.name } }
tables: { 'shop_*': {} }
`);
  const refund = shop.lookupType('shop.Refund');
  const refunded = refund.encode(refund.fromObject({ id: 1, order: 7 })).finish();
  await world.push('shop', [
    { value: confluentFramed(5, Buffer.concat([Buffer.of(0), payloadOf(1)])) },
    { value: confluentFramed(5, Buffer.concat([Buffer.of(2, 2), refunded])) },
    { value: confluentFramed(5, Buffer.concat([Buffer.of(2, 8), refunded])) },
  ]);
  await world.commit();
  const tables = (await world.tables()).map(({ tableName }) => tableName).sort();
  expect(tables).toEqual(['dead_letters', 'shop_order', 'shop_refund']);
  expect(await world.canonicalRows('shop_order')).toEqual([rowOf(1)]);
  expect(await world.canonicalRows('shop_refund')).toEqual(['{"id":1,"order":7}']);
  expect(await world.deadLetters()).toMatchObject([{ error: 'InvalidFraming', schema_id: '5' }]);
});

test('K15 MessagePack maps become rows, integers and doubles told apart', async () => {
  const world = await lakeWorld(settings('format: msgpack'));
  const at = new Date(1_700_000_000_123);
  const written = (value: unknown) => ({ value: Buffer.from(encode(value, { useBigInt64: true })) });
  await world.push('orders', [
    written({ id: 2n ** 63n - 1n, price: 12.5, at, list: [1, 2], inner: { a: 'x' } }),
    written({ id: 1, price: 0.1, at, list: [], inner: null }),
    { value: Buffer.of(0x81, 0xa1) },
  ]);
  await world.commit();
  expect(await world.canonicalRows('orders')).toEqual([
    '{"id":1,"price":0.1,"at":"2023-11-14T22:13:20.123000Z","list":[],"inner":null}',
    '{"id":9223372036854775807,"price":12.5,"at":"2023-11-14T22:13:20.123000Z","list":[1,2],"inner":{"a":"x"}}',
  ]);
  expect(await world.deadLetters()).toMatchObject([{ error: 'InvalidPayload' }]);
});

test('K15 MessagePack by schemas of a REST registry: fields by index or by name', async () => {
  const schema = readFileSync(join(import.meta.dirname, 'schemas/trade.msgpack.json'));
  const asked: (string | undefined)[] = [];
  const server = createServer(({ url }, response) => {
    asked.push(url);
    response.writeHead(url === '/v1/258.json' ? 200 : 404).end(url === '/v1/258.json' ? schema : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const registries = `registries: { trades: { kind: rest, url: 'http://127.0.0.1:${port}/v1/{id}.json' } }`;
  const world = await lakeWorld(
    settings('format: { kind: msgpack, framing: confluent, registry: trades }', registries),
  );
  const framed = (id: number, value: unknown) => ({ value: confluentFramed(id, encode(value)) });
  await world.push('orders', [
    framed(258, [1, new Date(1_000), 2.5, 'by index']),
    framed(258, { note: 'by name', id: 2, price: 3 }),
    framed(259, [1]),
  ]);
  await world.commit();
  server.close();
  expect(await world.canonicalRows('orders')).toEqual([
    '{"id":1,"at":"1970-01-01T00:00:01.000000Z","price":2.5,"note":"by index"}',
    '{"id":2,"at":null,"price":3,"note":"by name"}',
  ]);
  expect(await world.deadLetters()).toMatchObject([{ error: 'UnknownSchema', schema_id: '259' }]);
  expect(asked.sort()).toEqual(['/v1/258.json', '/v1/259.json']);
});

test('K15 envelopes are opened before any format, and bombs are dead letters', async () => {
  const world = await lakeWorld(`
clusters: { main: { kind: selfManaged, bootstrapServers: ['kafka:9092'] } }
sources:
  gzip: { kafka: { cluster: main, topic: gzip }, table: rows, envelope: { kind: gzip, maxBytes: 100KiB } }
  zstd: { kafka: { cluster: main, topic: zstd }, table: rows, envelope: zstd, format: msgpack }
  nested: { kinesis: { shards: 1 }, table: rows, envelope: [{ kind: base64Json, field: detail.data }, snappy] }
tables: { rows: {} }
`);
  const json = (id: number) => Buffer.from(JSON.stringify({ id }));
  await world.push('gzip', [
    { value: gzipSync(json(1)) },
    { value: gzipSync(Buffer.alloc(10_000_000)) },
    { value: json(5) },
  ]);
  await world.push('zstd', [{ value: zstdCompressSync(encode({ id: 2 })) }]);
  const data = Buffer.from(snappyCompress(json(3))).toString('base64');
  await world.push('nested', [{ value: { detail: { data } } }]);
  await world.commit();
  expect(await world.rows('rows')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  expect((await world.deadLetters()).map(({ error }) => error).sort()).toEqual(['InvalidEnvelope', 'TooLarge']);
});
