import { expect, test } from 'vitest';
import { metrics } from '#contract/metrics.ts';
import { repairExpired } from '#pipeline/repair/repair-expired.ts';
import { repairTable } from '#pipeline/repair/repair-table.ts';
import { openedTable } from '../support/canonical-lines.ts';
import { type LakeWorld, lakeWorld } from '../support/capability.ts';

const settings = `
sources: { clicks: { kinesis: { shards: 1 }, table: clicks } }
tables: { clicks: { expireAfter: 30d, repair: { maxMissingRatio: 0.5 } } }
`;

/** Three files of one row each, 20 days apart; answers their paths from the oldest on. */
async function written(world: LakeWorld): Promise<string[]> {
  for (const id of [1, 2, 3]) {
    await world.push('clicks', [{ value: { id } }]);
    await world.commit();
    world.nowMs += 20 * 86_400_000;
  }
  const paths = [...world.storeOf('clicks').objects.keys()];
  return paths.filter((path) => path.endsWith('.parquet') && !path.startsWith('_'));
}

const portsOf = (world: LakeWorld) => ({ ...world.commitPorts, locate: () => undefined });

test('K19 files that S3 expired leave the log, after a dry run that only tells of them', async () => {
  const world = await lakeWorld(settings);
  const [expired] = await written(world);
  world.storeOf('clicks').objects.delete(expired!);
  await expect(world.rows('clicks')).rejects.toThrow(expired);

  const [table] = await world.tables();
  const repair = (dryRun: boolean) => repairTable({ ...table!, dryRun }, portsOf(world));
  expect(await repair(true)).toMatchObject({ outcome: 'planned', removedFiles: 0 });
  await expect(world.rows('clicks')).rejects.toThrow(expired);
  expect(await repair(false)).toMatchObject({ outcome: 'repaired', removedFiles: 1 });
  expect(await world.rows('clicks')).toEqual([{ id: 2 }, { id: 3 }]);
  expect(world.counted(metrics.repairedFiles)).toBe(1);
  await world.push('clicks', [{ value: { id: 4 } }]);
  await world.commit();
  expect(await world.rows('clicks')).toEqual([{ id: 2 }, { id: 3 }, { id: 4 }]);
});

test('K19 files of which S3 tells that they expired leave the log by that event', async () => {
  const world = await lakeWorld(settings);
  const [expired] = await written(world);
  world.storeOf('clicks').objects.delete(expired!);
  const key = `tables/clicks/${expired}`;
  const body = JSON.stringify({ Records: [{ eventName: 'LifecycleExpiration:Delete', s3: { object: { key } } }] });
  const { repaired, failed } = await repairExpired([{ messageId: 'one', body }], portsOf(world));
  expect([repaired, failed.size]).toMatchObject([[{ tableName: 'clicks', result: { removedFiles: 1 } }], 0]);
  expect(await world.rows('clicks')).toEqual([{ id: 2 }, { id: 3 }]);
});

test('K19 where more is missing than `maxMissingRatio`, and no expiry explains it, nothing leaves the log', async () => {
  const world = await lakeWorld(settings.replace('expireAfter: 30d, ', ''));
  const paths = await written(world);
  for (const path of paths.slice(0, 2)) world.storeOf('clicks').objects.delete(path);
  const [table] = await world.tables();
  const repaired = await repairTable({ ...table!, dryRun: false }, portsOf(world));
  expect(repaired).toMatchObject({ outcome: 'tooManyMissing', removedFiles: 0 });
  expect(await Array.fromAsync((await openedTable(world.storeOf('clicks'))).files())).toHaveLength(3);
});
