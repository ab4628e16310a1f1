import { expect, test } from 'vitest';
import { analyticsEvent } from '../../scripts/local/samples/analytics-events.ts';
import { lakeWorld } from '../support/capability.ts';

const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources: { analytics: { kafka: { cluster: broker, topic: analytics-events, partitions: 4 }, table: events } }
tables: { events: { latency: 1s } }
`;
const batches = 6;
const perBatch = 10_000;

/* How fast, in how much memory: `npm run bench -- spine` and `-- pipeline`. */
test('D9 sixty thousand events, ten thousand a batch, are rows once each after one commit', async () => {
  const world = await lakeWorld(settings);
  const events = Array.from({ length: batches }, (_, batch) =>
    world.produce(
      'analytics',
      Array.from({ length: perBatch }, (_, index) => ({
        partition: batch % 4,
        value: analyticsEvent(1, batch * perBatch + index),
      })),
    ),
  );
  for (const event of events) await world.deliver('analytics', event);
  await world.commit();
  expect(await world.canonicalRows('events')).toHaveLength(batches * perBatch);
});
