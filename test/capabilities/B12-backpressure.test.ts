import { expect, test } from 'vitest';
import { metrics } from '#contract/metrics.ts';
import { BackpressureError } from '#pipeline/ingest/ingest-errors.ts';
import { lakeWorld } from '../support/capability.ts';

const settings = `
sources: { clicks: { kinesis: { shards: 1 }, table: clicks } }
tables: { clicks: { latency: 300s, maxStagedBytes: 1KiB } }
`;

test('B12 batches are refused while commits lag, and taken again once they have caught up', async () => {
  const world = await lakeWorld(settings);
  const event = (id: number) => world.produce('clicks', [{ value: { id, text: `${id}`.repeat(2_000) } }]);
  for (const id of [1, 2, 3]) await world.deliver('clicks', event(id));
  await world.commitRipe();
  const late = event(4);
  await expect(world.deliver('clicks', late)).rejects.toThrow(BackpressureError);
  await expect(world.deliver('clicks', late)).rejects.toThrow(/table clicks: .*1024 bytes/);
  expect(world.counted(metrics.batchesRefused)).toBe(2);
  await world.commit();
  await world.deliver('clicks', late);
  await world.commit();
  expect((await world.rows('clicks')).map(({ id }) => id)).toEqual([1, 2, 3, 4]);
});
