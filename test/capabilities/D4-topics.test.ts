import { expect, test } from 'vitest';
import { lakeWorld } from '../support/capability.ts';

const settings = `
clusters: { main: { kind: selfManaged, bootstrapServers: ['kafka:9092'] } }
sources:
  orders: { kafka: { cluster: main, topic: shop.orders }, table: orders }
  refunds: { kafka: { cluster: main, topic: shop.refunds }, table: orders, transforms: { refund: '\`true\`' } }
  visits: { kafka: { cluster: main, topic: web.visits }, route: { table: '{topic}', by: { topic: kafka.topic } } }
tables: { orders: {}, 'web_*': {} }
`;

test('D4 several topics, each to its table, one of them to the table of another', async () => {
  const world = await lakeWorld(settings);
  await world.push('orders', [{ value: { id: 1 } }]);
  await world.push('visits', [{ value: { page: '/' }, partition: 3 }]);
  await world.push('refunds', [{ value: { id: 1 } }]);
  await world.push('orders', [{ value: { id: 2 } }]);
  await world.commit();
  const rows = await world.rows('orders');
  expect(rows).toHaveLength(3);
  expect(rows).toEqual(expect.arrayContaining([1, 2].map((id) => ({ id, refund: null }))));
  expect(rows).toContainEqual({ id: 1, refund: true });
  expect(await world.rows('web_visits')).toEqual([{ page: '/' }]);
});
