import { expect, test } from 'vitest';
import { lakeWorld } from '../support/capability.ts';

const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources:
  orders: { kafka: { cluster: broker, topic: orders }, table: orders }
  clicks: { kinesis: { shards: 2 }, table: clicks }
tables: { orders: {}, clicks: {} }
`;
const valuesOf = (first: number) => Array.from({ length: 20 }, (_, index) => ({ value: { id: first + index } }));
const idsUpTo = (end: number) => Array.from({ length: end }, (_, id) => id);

test.each(['orders', 'clicks'])('B1 %s: whatever is lost, repeated or dies, each record is one row', async (source) => {
  const world = await lakeWorld(settings);
  const { ledger } = world;
  const { stage } = ledger;
  const ids = async () => (await world.rows(source)).map(({ id }) => id).sort((a, b) => Number(a) - Number(b));

  const first = world.produce(source, valuesOf(0));
  ledger.stage = async () => Promise.reject(new Error('the function dies before its transaction'));
  await expect(world.deliver(source, first)).rejects.toThrow('dies before');
  ledger.stage = async (transaction) => {
    await stage.call(ledger, transaction);
    throw new Error('the function dies behind its transaction');
  };
  await expect(world.deliver(source, first)).rejects.toThrow('dies behind');
  ledger.stage = stage;
  await world.deliver(source, first);
  await world.commit();
  expect(await ids()).toEqual(idsUpTo(20));

  const second = world.produce(source, valuesOf(20));
  await Promise.all([world.deliver(source, second), world.deliver(source, second), world.deliver(source, first)]);
  const { deleteManifests } = ledger;
  ledger.deleteManifests = async () => Promise.reject(new Error('the committer dies behind its commit'));
  await expect(world.commit()).rejects.toThrow('the committer dies');
  ledger.deleteManifests = deleteManifests;
  await world.commit();
  await world.deliver(source, second);
  await world.commit();
  expect(await ids()).toEqual(idsUpTo(40));
});
