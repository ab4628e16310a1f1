import { expect, test } from 'vitest';
import { commitPath } from '#delta/log-path.ts';
import { lakeWorld } from '../support/capability.ts';

const settings = `
sources: { clicks: { kinesis: { shards: 1 }, table: clicks } }
tables: { clicks: {} }
`;

test.each([
  ['happened', true],
  ['did not happen', false],
])('B5 a commit whose answer was lost is settled by reading back: it %s', async (_, happened) => {
  const world = await lakeWorld(settings);
  await world.push('clicks', [{ value: { id: 1 } }]);
  const store = world.storeOf('clicks');
  const { putIfAbsent } = store;
  let lost = 0;
  store.putIfAbsent = async (path, bytes) => {
    if (path !== commitPath(0) || lost > 0) return putIfAbsent(path, bytes);
    lost++;
    if (happened) await putIfAbsent(path, bytes);
    return 'unknown';
  };
  await world.commit();
  expect(lost).toBe(1);
  await world.push('clicks', [{ value: { id: 2 } }]);
  await world.commit();
  expect(await world.rows('clicks')).toEqual([{ id: 1 }, { id: 2 }]);
  expect(await world.rows('clicks', 0)).toEqual([{ id: 1 }]);
});
