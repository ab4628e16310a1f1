import { expect, test } from 'vitest';
import { lakeWorld } from '../support/capability.ts';
import { redrive } from '../support/redrive.ts';

const settings = (transforms: string) => `
clusters: { broker: { kind: selfManaged, bootstrapServers: ['127.0.0.1:9092'] } }
sources:
  orders:
    kafka: { cluster: broker, topic: orders }
    table: orders
    transforms: { ${transforms} }
    deadLetters:
      table: broken_orders
      transforms:
        customer: customer.name
        arrived_on: { expression: "substr(epoch_micros_to_iso8601(kafka.timestamp), \`0\`, \`10\`)", type: date }
        sent_by: kafka.headers.sender
        why: "join(' at ', [error.class, error.path])"
        amount: { expression: amount, type: double }
  clicks: { kafka: { cluster: broker, topic: clicks }, table: clicks }
tables:
  orders: { schema: [{ name: id, type: long }, { name: amount, type: double }, { name: customer, type: string }] }
  clicks: { schema: [{ name: id, type: long }] }
  broken_orders: { partitionBy: [arrived_on] }
`;

test('K16 a dead-letter table of its own, whose further columns expressions fill from payload, metadata and error', async () => {
  const world = await lakeWorld(settings(''));
  const timestampMs = Date.UTC(2026, 10, 21, 8);
  const sent = { headers: { sender: 'shop' }, timestampMs };
  await world.push('orders', [
    { value: { id: 1, amount: 2.5, customer: 'me' }, ...sent },
    { value: { id: 'x', amount: 2.5, customer: { name: 'Ida' } }, key: 'k', ...sent },
    { value: '{"id":', timestampMs },
  ]);
  await world.push('clicks', [{ value: { id: 'x' } }]);
  await world.commit();
  expect(await world.rows('orders')).toHaveLength(1);
  const letters = await world.rows('broken_orders');
  const [refused] = letters.filter(({ _position }) => _position === '1');
  expect(refused).toMatchObject({
    customer: 'Ida',
    arrived_on: '2026-11-21',
    sent_by: 'shop',
    why: 'TypeMismatch at $.id',
    amount: 2.5,
    _source: 'orders',
    table: 'orders',
    route: 'orders',
    error: 'TypeMismatch',
    path: '$.id',
  });
  expect(letters.filter(({ _position }) => _position === '2')).toMatchObject([
    { customer: null, sent_by: null, amount: null, arrived_on: '2026-11-21', error: 'InvalidJson' },
  ]);
  expect(letters).toHaveLength(2);
  expect(await world.rows('dead_letters')).toMatchObject([{ _source: 'clicks', error: 'TypeMismatch' }]);

  world.deploy(settings('id: "`2`", customer: customer.name || customer'));
  expect(await redrive(world)).toMatchObject({ redriven: { orders: 1 }, staying: { InvalidJson: 1, TypeMismatch: 1 } });
  await world.commit();
  expect(await world.rows('orders')).toEqual([
    { id: 1, amount: 2.5, customer: 'me' },
    { id: 2, amount: 2.5, customer: 'Ida' },
  ]);
  expect(await world.rows('broken_orders')).toHaveLength(2);
});
