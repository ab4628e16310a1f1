import { expect, test } from 'vitest';
import { lakeWorld, type PushedRecord } from '../support/capability.ts';

const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources:
  clicks: { kafka: { cluster: broker, topic: clicks }, table: clicks }
tables: { clicks: {} }
`;
const partitions = 6;
const perPartition = 50;

test('K1 concurrent invocations share the partitions of a topic, and each row is there once', async () => {
  const world = await lakeWorld(settings);
  const recordsOf = (partition: number): PushedRecord[] =>
    Array.from({ length: perPartition }, (_, index) => ({ partition, value: { partition, index } }));
  const events = Array.from({ length: partitions }, (_, partition) => world.produce('clicks', recordsOf(partition)));
  const twice = events.flatMap((event) => [event, event]);
  await Promise.all(twice.map((event) => world.deliver('clicks', event)));
  await world.commit();
  const rows = await world.rows('clicks');
  const expected = events.flatMap((_, partition) => recordsOf(partition).map(({ value }) => value));
  expect(rows).toHaveLength(partitions * perPartition);
  expect(rows).toEqual(expect.arrayContaining(expected));
});
