import { expect, test } from 'vitest';
import { AvroProducer } from '../support/avro-producer.ts';
import { lakeWorld } from '../support/capability.ts';

const settings = (by: string) => `
clusters: { main: { kind: selfManaged, bootstrapServers: ['kafka:9092'] } }
sources:
  shop:
    kafka: { cluster: main, topic: Shop.Events }
    route: { table: 'events_{kind}', by: { kind: "${by}" } }
tables: { 'events_*': {} }
`;
const records = [
  { value: { type: 'OrderPlaced', meta: { kind: 'order' }, id: 1 }, key: 'k1', headers: { kind: 'order' } },
  { value: { type: 'com.shop/Paid', meta: { kind: 'payment' }, id: 2 }, key: 'k2', headers: { kind: 'payment' } },
  { value: { type: 'OrderPlaced', meta: { kind: 'order' }, id: 3 }, key: 'k1', headers: { kind: 'order' } },
];

test.each([
  ['type', { events_orderplaced: [1, 3], events_com_shop_paid: [2] }],
  ['meta.kind', { events_order: [1, 3], events_payment: [2] }],
  ["join('-', [meta.kind, 'x'])", { 'events_order-x': [1, 3], 'events_payment-x': [2] }],
  ['kafka.headers.kind', { events_order: [1, 3], events_payment: [2] }],
  ['kafka.key', { events_k1: [1, 3], events_k2: [2] }],
  ['kafka.topic', { events_shop_events: [1, 2, 3] }],
])('K4 a table for each type, named by %s', async (by, tables) => {
  const world = await lakeWorld(settings(by));
  await world.push('shop', records);
  await world.commit();
  for (const [table, ids] of Object.entries(tables)) {
    expect((await world.rows(table)).map(({ id }) => id).sort()).toEqual(ids);
  }
  expect(await world.deadLetters()).toEqual([]);
});

test.each([
  ['schema.name', ['events_com_shop_order', 'events_com_shop_parcel']],
  ["split(schema.name, '.')[-1]", ['events_order', 'events_parcel']],
])('K4 a table for each type that a registry names, by %s', async (by, tables) => {
  const producer = new AvroProducer();
  const order = producer.register([{ name: 'id', type: 'int' }], 'com.shop.Order');
  const parcel = producer.register([{ name: 'id', type: 'int' }], 'com.shop.Parcel');
  const registered = settings(by)
    .replace('route:', 'format: { kind: avro, framing: confluent, registry: main }\n    route:')
    .replace('sources:', 'registries: { main: { kind: confluent, url: "http://127.0.0.1:1" } }\nsources:');
  const world = await lakeWorld(registered, { ingestPorts: { formats: producer.formats } });
  await world.push('shop', [{ value: order({ id: 1 }) }, { value: parcel({ id: 2 }) }, { value: order({ id: 3 }) }]);
  await world.commit();
  const [orders = '', parcels = ''] = tables;
  expect(await world.rows(orders)).toEqual([{ id: 1 }, { id: 3 }]);
  expect(await world.rows(parcels)).toEqual([{ id: 2 }]);
});

test('K4 a name that no table may have becomes a dead letter, and its neighbours rows', async () => {
  const world = await lakeWorld(settings('type'));
  await world.push('shop', [
    { value: { type: 'größe', id: 1 } },
    { value: { type: 'fine', id: 2 } },
    { value: { id: 3 } },
  ]);
  await world.commit();
  expect((await world.rows('events_fine')).map(({ id }) => id)).toEqual([2]);
  expect((await world.deadLetters()).map(({ _position, error }) => [_position, error])).toEqual([
    ['0', 'UnsafeTableName'],
    ['2', 'RouteFailed'],
  ]);
});
