import { expect, test } from 'vitest';
import { metrics } from '#contract/metrics.ts';
import { lakeWorld } from '../support/capability.ts';

const settings = `
sources:
  shop: { kinesis: { shards: 1 }, route: { table: 'events_{type}', by: { type: type } } }
tables:
  events_rare: { latency: 3600s, maxStagedBytes: 1KiB }
  'events_*': { latency: 60s }
`;
const typed = (type: string, id: number) => ({ value: { type, id, text: `${id}`.repeat(900) } });
const ids = (rows: Record<string, unknown>[]) => rows.map(({ id }) => id);

test('B7 a rare type waits for its own commit and holds no other back', async () => {
  const world = await lakeWorld(settings);
  await world.push('shop', [typed('rare', 1), typed('often', 2)]);
  for (const id of [3, 4]) {
    await world.push('shop', [typed('often', id)]);
    world.nowMs += 60_000;
    await world.commitRipe();
  }
  expect(ids(await world.rows('events_often'))).toEqual([2, 3, 4]);
  expect(await world.rows('events_rare')).toEqual([]);
  world.nowMs += 3_600_000;
  await world.commitRipe();
  expect(ids(await world.rows('events_rare'))).toEqual([1]);
});

test('B7 a table whose commits are stuck refuses its own records once its limit is passed, and no commit of another', async () => {
  const world = await lakeWorld(settings);
  await world.push('shop', [typed('rare', 1), typed('often', 2)]);
  const record = (await world.ledger.tableNamed('events_rare'))!;
  const logStore = { family: 'dynamodb', sinceVersion: -1, switchingTo: 'conditional' } as const;
  await world.ledger.updateTable({ ...record, logStore, schemaVersion: 2 }, 1);
  await world.push('shop', [typed('rare', 3), typed('often', 4)]);
  await expect(world.commit()).rejects.toThrow('table events_rare: expected nobody to commit');
  expect(ids(await world.rows('events_often'))).toEqual([2, 4]);
  const held = world.produce('shop', [typed('often', 5), typed('rare', 6)]);
  await expect(world.deliver('shop', held)).rejects.toThrow('table events_rare: expected at most 1024 bytes');
  expect(world.counted(metrics.batchesRefused)).toBe(1);
  await world.ledger.updateTable({ ...record, schemaVersion: 3 }, 2);
  await world.commit();
  await world.deliver('shop', held);
  await world.commit();
  expect(ids(await world.rows('events_rare'))).toEqual([1, 3, 6]);
  expect(ids(await world.rows('events_often'))).toEqual([2, 4, 5]);
});
