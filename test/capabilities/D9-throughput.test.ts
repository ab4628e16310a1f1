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
/** What the connector claims. */
const perSecondThere = 10_000;

test('D9 more than 10,000 events a second of one core, from event to commit, and a commit in less than a second', async () => {
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
  await world.deliver('analytics', events[0]!);
  await world.commit();
  const before = process.cpuUsage();
  for (const event of events.slice(1)) await world.deliver('analytics', event);
  const commitBegan = process.cpuUsage();
  await world.commit();
  const commitMs = milliseconds(process.cpuUsage(commitBegan));
  const seconds = milliseconds(process.cpuUsage(before)) / 1000;
  expect(await world.canonicalRows('events')).toHaveLength(batches * perBatch);
  expect(((batches - 1) * perBatch) / seconds).toBeGreaterThan(perSecondThere);
  expect(commitMs).toBeLessThan(1_000);
});

const milliseconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1000;
