import { expect, test } from 'vitest';
import { metrics } from '#contract/metrics.ts';
import { repairTable } from '#pipeline/repair/repair-table.ts';
import { lakeWorld } from '../support/capability.ts';

const settings = `
sources: { clicks: { kinesis: { shards: 1 }, table: clicks } }
tables: { clicks: { expireAfter: 30d, repair: { maxMissingRatio: 0.5 } } }
`;

test('K19 files that S3 expired leave the log, after a dry run that only tells of them', async () => {
  const world = await lakeWorld(settings);
  for (const id of [1, 2, 3]) {
    await world.push('clicks', [{ value: { id } }]);
    await world.commit();
    world.nowMs += 20 * 86_400_000;
  }
  const { objects } = world.storeOf('clicks');
  const dataFiles = () => [...objects.keys()].filter((path) => path.endsWith('.parquet') && !path.startsWith('_'));
  const [expired] = dataFiles();
  objects.delete(expired!);
  await expect(world.rows('clicks')).rejects.toThrow(expired);

  const [table] = await world.tables();
  const ports = { ...world.commitPorts, locate: () => undefined };
  const repair = (dryRun: boolean) => repairTable({ ...table!, dryRun }, ports);
  expect(await repair(true)).toMatchObject({ outcome: 'planned', removedFiles: 0 });
  await expect(world.rows('clicks')).rejects.toThrow(expired);
  expect(await repair(false)).toMatchObject({ outcome: 'repaired', removedFiles: 1 });
  expect(await world.rows('clicks')).toEqual([{ id: 2 }, { id: 3 }]);
  expect(world.counted(metrics.repairedFiles)).toBe(1);
  await world.push('clicks', [{ value: { id: 4 } }]);
  await world.commit();
  expect(await world.rows('clicks')).toEqual([{ id: 2 }, { id: 3 }, { id: 4 }]);
});
