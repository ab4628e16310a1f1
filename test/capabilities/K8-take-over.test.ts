import { expect, test } from 'vitest';
import { takeOverTable } from '#pipeline/positions/take-over-table.ts';
import { lakeWorld } from '../support/capability.ts';
import { handoverPorts } from '../support/handover.ts';
import { KafkaDeltaIngest } from '../support/kafka-delta-ingest.ts';

const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources: { orders: { kafka: { cluster: broker, topic: orders, partitions: 2 }, table: orders } }
tables: { orders: {} }
`;

const records = (partition: number, from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({
    partition,
    offset: from + index,
    id: `${partition}/${from + index}`,
  }));

test('K8 take-over: a table that kafka-delta-ingest wrote goes on after its txn offsets, each record once', async () => {
  const world = await lakeWorld(settings);
  const old = new KafkaDeltaIngest(world.storeOf('orders'), { appId: 'kdi', nowMs: world.clock });
  await old.createTable();
  await old.write([...records(0, 0, 40), ...records(1, 0, 25)]);
  world.nowMs += 3_600_000;

  const request = { tableName: 'orders', source: 'orders', appIds: ['kdi'] };
  const quiet = { quietMs: 600_000, watchMs: 10_000, dryRun: false };
  await takeOverTable({ ...request, ...quiet }, handoverPorts(world));
  expect(await old.write(records(0, 40, 50))).toBe('outdated');

  const topic = [...records(0, 0, 100), ...records(1, 0, 60)];
  await world.push(
    'orders',
    topic.map((value) => ({ value, partition: value.partition, position: value.offset })),
  );
  await world.commit();
  const ids = (await world.rows('orders')).map(({ id }) => id);
  expect(ids.sort()).toEqual(topic.map(({ id }) => id).sort());
});
