import { expect, test } from 'vitest';
import { lakeWorld } from '../support/capability.ts';
import { redrive } from '../support/redrive.ts';

const settings = (transforms: string) => `
clusters: { broker: { kind: selfManaged, bootstrapServers: ['127.0.0.1:9092'] } }
sources:
  orders:
    kafka: { cluster: broker, topic: orders, partitions: 2 }
    table: orders
    transforms: { ${transforms} }
tables:
  orders: { positionColumns: true, schema: [{ name: id, type: long }, { name: price, type: double }] }
`;

test('B3 dead letters keep everything about their records, and replay brings each home exactly once', async () => {
  const world = await lakeWorld(settings(''));
  const records = Array.from({ length: 200 }, (_, id) => ({
    value: id % 10 === 3 ? { id, price: { amount: id / 2 } } : { id, price: id / 2 },
    key: `key-${id}`,
    headers: { trace: `t${id}` },
    partition: id % 2,
  }));
  await world.push('orders', records);
  await world.commit();
  expect(await world.rows('orders')).toHaveLength(180);
  const letters = await world.deadLetters();
  expect(letters).toHaveLength(20);
  expect(letters[0]).toMatchObject({
    _source: 'orders',
    _partition: '1',
    _position: '1',
    key: 'key-3',
    headers: [{ name: 'trace' }],
    payload: '{"id":3,"price":{"amount":1.5}}',
    table: 'orders',
    route: 'orders',
    error: 'TypeMismatch',
    path: '$.price',
  });

  world.deploy(settings("price: 'price.amount || price'"));
  expect((await redrive(world)).redriven).toEqual({ orders: 20 });
  expect((await redrive(world)).redriven).toEqual({});
  await world.commit();
  expect(await redrive(world)).toMatchObject({ redriven: {}, before: 20, staying: {} });
  await world.commit();
  const rows = await world.rows('orders');
  const byId = rows.toSorted((left, right) => (left.id as number) - (right.id as number));
  expect(byId.map(({ id, price, _partition }) => [id, price, _partition])).toEqual(
    records.map((_, id) => [id, id / 2, String(id % 2)]),
  );
  expect(await world.deadLetters()).toHaveLength(20);
});
