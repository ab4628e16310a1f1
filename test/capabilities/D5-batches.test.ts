import { expect, test } from 'vitest';
import { lakeWorld } from '../support/capability.ts';
import { synthesise } from '../support/synthesised.ts';

const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources:
  orders: { kafka: { cluster: broker, topic: orders }, table: orders, batch: { maxRecords: 1000, window: 5s } }
  clicks: { kafka: { cluster: broker, topic: clicks }, table: clicks, batch: { maxRecords: 100, window: 1s } }
tables:
  orders: { latency: 5s, maxRowsPerFile: 1000 }
  clicks: { latency: 60s, maxRowsPerFile: 100 }
`;

test('D5 each topic has its batch size and window, each table its flush interval and size', async () => {
  const world = await lakeWorld(settings);
  const all = synthesise(world.settings).ofType('AWS::Lambda::EventSourceMapping');
  const mappings = all.filter(({ Properties }) => Properties.Topics !== undefined);
  const batches = mappings.map(({ Properties }) => [
    Properties.Topics,
    Properties.BatchSize,
    Properties.MaximumBatchingWindowInSeconds,
  ]);
  expect(batches).toEqual([
    [['orders'], 1000, 5],
    [['clicks'], 100, 1],
  ]);

  for (const source of ['orders', 'clicks']) await world.push(source, [{ value: { id: 1 } }]);
  world.nowMs += 5_000;
  await world.commitRipe();
  expect(await world.rows('orders')).toEqual([{ id: 1 }]);
  expect(await world.rows('clicks')).toEqual([]);
  await world.push(
    'clicks',
    Array.from({ length: 99 }, (_, index) => ({ value: { id: index + 2 } })),
  );
  await world.commitRipe();
  expect(await world.rows('clicks')).toHaveLength(100);
});
