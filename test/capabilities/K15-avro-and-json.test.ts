import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { GetSchemaVersionCommand, GlueClient } from '@aws-sdk/client-glue';
import avsc from 'avsc';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { glueSchemaRegistry } from '#adapters/aws/glue-schema-registry.ts';
import { cachedRegistry } from '#adapters/registries/cached-registry.ts';
import { schemaFingerprint } from '#formats/avro/fingerprint.ts';
import { containerFile } from '../support/avro-container.ts';
import { lakeWorld } from '../support/capability.ts';
import { confluentFramed, TestSchemaRegistry } from '../support/schema-registry.ts';

const schemaText = readFileSync(join(import.meta.dirname, 'schemas/order.avsc'), 'utf8');
const schema = JSON.parse(schemaText) as { name: string; fields: object[] };
const order = avsc.Type.forSchema(schema as avsc.Schema);

const orderOf = (id: number) => ({
  id,
  placed: 1_700_000_000_123_456,
  day: 19_675,
  total: Buffer.from('ff85', 'hex'),
  state: 'PAID',
  note: id % 2 === 0 ? null : 'günstig',
  lines: [{ sku: 'A-1', count: 2 }],
  tags: { colour: 'red' },
});
const payloadOf = (id: number): Buffer => order.toBuffer(orderOf(id));
const rowOf = (id: number) => ({
  id,
  placed: '2023-11-14T22:13:20.123456Z',
  day: '2023-11-14',
  total: '-0.0123',
  state: 'PAID',
  note: id % 2 === 0 ? null : 'günstig',
  lines: [{ sku: 'A-1', count: 2 }],
  tags: [['colour', 'red']],
});

const settings = (format: string, registries = '{}') => `
clusters: { main: { kind: selfManaged, bootstrapServers: ['kafka:9092'] } }
registries: ${registries}
sources: { orders: { kafka: { cluster: main, topic: orders }, table: orders, format: ${format} } }
tables: { orders: {} }
`;

const inPlace = { file: 'test/capabilities/settings.yaml' };

test('K15 Avro records of a schema file become rows of its types', async () => {
  const world = await lakeWorld(settings('{ kind: avro, framing: none, schemaFile: schemas/order.avsc }'), inPlace);
  await world.push('orders', [{ value: payloadOf(1) }, { value: payloadOf(2) }, { value: payloadOf(3).subarray(4) }]);
  await world.commit();
  expect(await world.rows('orders')).toEqual([rowOf(1), rowOf(2)]);
  expect(await world.deadLetters()).toMatchObject([{ error: 'InvalidPayload', table: 'orders' }]);
});

test('K15 Avro with a Confluent-compatible registry: tables grow by each writer’s schema, unknown ids are dead letters', async () => {
  await using registry = await TestSchemaRegistry.start();
  const first = registry.register(schema);
  const grown = { ...schema, fields: [...schema.fields, { name: 'coupon', type: ['null', 'int'], default: null }] };
  const second = registry.register(grown);
  const world = await lakeWorld(
    settings(
      '{ kind: avro, framing: confluent, registry: main }',
      `{ main: { kind: confluent, url: '${registry.url}' } }`,
    ),
  );
  await world.push('orders', [{ value: confluentFramed(first, payloadOf(1)) }]);
  const later = avsc.Type.forSchema(grown as avsc.Schema).toBuffer({ ...orderOf(2), coupon: null });
  await world.push('orders', [{ value: confluentFramed(second, later) }, { value: confluentFramed(77, payloadOf(3)) }]);
  await world.push('orders', [{ value: confluentFramed(first, payloadOf(4)) }]);
  await world.commit();
  expect(await world.rows('orders')).toEqual([1, 2, 4].map((id) => ({ ...rowOf(id), coupon: null })));
  expect(await world.deadLetters()).toMatchObject([{ error: 'UnknownSchema', schema_id: '77' }]);
  expect(registry.asked.map(({ path }) => path)).toEqual(['/schemas/ids/1', '/schemas/ids/2', '/schemas/ids/77']);
});

test('K15 a registry that does not answer stops the batch, which is delivered again', async () => {
  await using registry = await TestSchemaRegistry.start();
  const id = registry.register(schema);
  const world = await lakeWorld(
    settings(
      '{ kind: avro, framing: confluent, registry: main }',
      `{ main: { kind: confluent, url: '${registry.url}' } }`,
    ),
  );
  const event = world.produce('orders', [{ value: confluentFramed(id, payloadOf(1)) }]);
  registry.fault = 503;
  await expect(world.deliver('orders', event)).rejects.toThrow(/schemas\/ids\/1: expected status 200/);
  registry.fault = undefined;
  await world.deliver('orders', event);
  await world.commit();
  expect([await world.rows('orders'), await world.deadLetters()]).toEqual([[rowOf(1)], []]);
});

test('K15 Avro with Glue’s registry, packed by zlib too', async () => {
  const id = 'b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63';
  const client = new GlueClient({ region: 'us-east-1' });
  mockClient(client)
    .on(GetSchemaVersionCommand, { SchemaVersionId: id })
    .resolves({ SchemaDefinition: schemaText, DataFormat: 'AVRO' });
  const glue = glueSchemaRegistry(client);
  const registry = cachedRegistry(glue, { clock: () => 0, unknownForMs: 60_000 });
  const ports = {
    registryOf: () => registry,
    schemaFile: () => new Uint8Array(),
  };
  const world = await lakeWorld(settings('{ kind: avro, framing: glue, registry: main }', '{ main: { kind: glue } }'), {
    ingestPorts: { formats: ports },
  });
  const head = (compression: number) => Buffer.from(`030${compression}${id.replaceAll('-', '')}`, 'hex');
  await world.push('orders', [
    { value: Buffer.concat([head(0), payloadOf(1)]) },
    { value: Buffer.concat([head(5), deflateSync(payloadOf(2))]) },
  ]);
  await world.commit();
  expect(await world.rows('orders')).toEqual([rowOf(1), rowOf(2)]);
});

test('K15 Avro’s single-object encoding', async () => {
  const world = await lakeWorld(settings('{ kind: avro, framing: single, schemaFile: schemas/order.avsc }'), inPlace);
  const head = Buffer.concat([Buffer.of(0xc3, 0x01), schemaFingerprint(schemaText).reverse()]);
  await world.push('orders', [{ value: Buffer.concat([head, payloadOf(1)]) }, { value: payloadOf(2) }]);
  await world.commit();
  expect(await world.rows('orders')).toEqual([rowOf(1)]);
  expect(await world.deadLetters()).toMatchObject([{ error: 'InvalidFraming' }]);
});

test('K15 Avro container files: each record is a row at a position of its own, delivered once', async () => {
  const yaml = settings('{ kind: avro, framing: container }').replace(
    '{ orders: {} }',
    '{ orders: { positionColumns: true } }',
  );
  const world = await lakeWorld(yaml);
  const file = (ids: readonly number[]) => containerFile(order, ids.map(orderOf));
  const event = world.produce('orders', [
    { value: await file([1, 2, 3]) },
    { value: await file([4]) },
    { value: 'no file' },
  ]);
  await world.deliver('orders', event);
  await world.deliver('orders', event);
  await world.commit();
  const rows = await world.rows('orders');
  expect(rows.map(({ id, _position }) => [id, _position])).toEqual([
    [1, '0.0'],
    [2, '0.1'],
    [3, '0.2'],
    [4, '1'],
  ]);
  expect(await world.deadLetters()).toMatchObject([{ payload: 'no file', error: 'InvalidFraming' }]);
});

test('K15 JSON behind the magic byte and id of a registry’s JSON Schema serialiser', async () => {
  await using registry = await TestSchemaRegistry.start();
  const id = registry.register({ title: 'Order', type: 'object' }, { schemaType: 'JSON' });
  const yaml = settings(
    '{ kind: json, framing: confluent, registry: main }',
    `{ main: { kind: confluent, url: '${registry.url}' } }`,
  );
  const world = await lakeWorld(yaml.replace('table: orders,', 'table: orders, transforms: { kind: schema.name },'));
  const value = (id: number, text: string) => ({ value: confluentFramed(id, Buffer.from(text)) });
  await world.push('orders', [value(id, '{"id":1,"price":0.1}'), value(id, '{'), value(9, '{"id":2}')]);
  await world.commit();
  expect(await world.rows('orders')).toEqual([{ id: 1, price: 0.1, kind: 'Order' }]);
  expect((await world.deadLetters()).map(({ error }) => error).sort()).toEqual(['InvalidJson', 'UnknownSchema']);
});
