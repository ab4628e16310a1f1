import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { esbuildBundler } from '../../lib/constructs/function-bundle.ts';
import { analyticsEvent } from '../../scripts/local/samples/analytics-events.ts';
import { lakeWorld } from '../support/capability.ts';

const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources: { analytics: { kafka: { cluster: broker, topic: analytics-events, partitions: 4 }, table: events } }
tables: { events: { latency: 1s } }
`;
const batches = 6;
const perBatch = 10_000;

/* In how much memory, and how soon after they are sent: `npm run bench -- service`, docs/performance.md. */
test('D9 sixty thousand events are rows once each after one commit, ten thousand in less than a second of a processor', async () => {
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
  const before = process.cpuUsage();
  for (const event of events) await world.deliver('analytics', event);
  await world.commit();
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / batches / 1_000_000).toBeLessThan(1);
  expect(await world.canonicalRows('events')).toHaveLength(batches * perBatch);
});

test('D9 what takes the events, with all that it may load, is smaller than a program of 15 MB', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  try {
    esbuildBundler(join(import.meta.dirname, '../..'))('ingest-kafka', folder);
    const bytes = readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThan(15_000_000);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
