import { expect, test } from 'vitest';
import { lakeWorld } from '../support/capability.ts';

test('B2 failures are isolated by record: good rows and dead letters of a batch are accepted in one transaction', async () => {
  const world = await lakeWorld(`
sources: { orders: { kinesis: { shards: 1 }, table: orders, tombstones: deadLetter } }
tables:
  orders:
    schema: [{ name: id, type: long, nullable: false }, { name: day, type: date }, { name: price, type: 'decimal(10,2)' }]
    partitionBy: [day]
`);
  const bad = [
    '{"id":',
    '[1]',
    '{"id":1.5}',
    '{}',
    '{"id":7,"day":"no day"}',
    '{"id":8,"price":1.005}',
    '{"id":9,"id":9}',
  ];
  const good = Array.from({ length: 20 }, (_, id) => ({ value: { id, day: '2026-11-21', price: id / 4 } }));
  const transactions = world.ledger.items.cursors;
  await world.push('orders', [
    ...good.slice(0, 10),
    ...bad.map((value) => ({ value })),
    ...good.slice(10),
    { value: new Uint8Array([0x7b, 0xff]) },
  ]);
  expect([...transactions.values()].map(({ revision }) => revision)).toEqual([1]);
  await world.commit();
  const ids = (await world.rows('orders')).map(({ id }) => id as number).toSorted((left, right) => left - right);
  expect(ids).toEqual(good.map(({ value }) => value.id));
  const letters = await world.deadLetters();
  expect(letters.map(({ error }) => error)).toEqual([
    'InvalidJson',
    'NotAnObject',
    'LossyValue',
    'MissingValue',
    'InvalidTimestamp',
    'LossyValue',
    'DuplicateKey',
    'InvalidUtf8',
  ]);
  expect(letters.slice(0, 7).map(({ payload }) => payload)).toEqual(bad);
});
