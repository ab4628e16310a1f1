import { expect, test } from 'vitest';
import { lakeWorld } from '../support/capability.ts';

const settings = `
sources: { clicks: { kinesis: { shards: 1 }, table: clicks } }
tables:
  clicks: { checkpointInterval: 3 }
  views: {}
`;

test('K17 checkpoints come every `checkpointInterval` commits, and every tenth without it', async () => {
  const world = await lakeWorld(settings);
  for (let id = 0; id < 8; id++) {
    await world.push('clicks', [{ value: { id } }]);
    await world.commit();
  }
  const log = [...world.storeOf('clicks').objects.keys()].filter((path) => path.includes('.checkpoint'));
  expect(log.map((path) => Number(/(\d{20})/.exec(path)?.[1])).sort()).toEqual([3, 6]);
  expect(await world.rows('clicks')).toEqual(Array.from({ length: 8 }, (_, id) => ({ id })));
  expect(world.settings.tables.views?.checkpointInterval).toBe(10);
});
