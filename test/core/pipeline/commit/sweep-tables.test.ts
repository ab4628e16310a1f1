import { expect, test } from 'vitest';
import type { WakeUp } from '#contract/commit-machine.ts';
import { metrics } from '#contract/metrics.ts';
import { sweepTables } from '#pipeline/commit/sweep-tables.ts';
import { CommitWorld } from '../../../support/commit.ts';
import { manifest, manifestRange } from '../../../support/manifests.ts';

const sweep = async (world: CommitWorld, wake?: (wakeUps: WakeUp[]) => Promise<void>) => {
  const sent: WakeUp[][] = [];
  const record = async (wakeUps: WakeUp[]) => {
    sent.push(wakeUps);
  };
  return { woken: await sweepTables({ ...world.ports, wake: wake ?? record }), sent };
};

test('nothing is woken while nothing is due', async () => {
  const world = new CommitWorld({ latency: '10m' });
  await world.createTable();
  expect((await sweep(world)).woken).toEqual([]);
  await world.stage(manifest([manifestRange(1)]));
  expect((await sweep(world)).woken).toEqual([]);
  await world.commit();
  expect((await sweep(world)).woken).toEqual([]);
  expect(world.counted(metrics.sweeps)).toBe(3);
});

test('what a committer left for later is woken when it is due', async () => {
  const world = new CommitWorld({ latency: '10m' });
  await world.createTable();
  await world.stage(manifest([manifestRange(1)]));
  await world.commit();
  world.nowMs = 1_700_000_600_000;
  const { woken, sent } = await sweep(world);
  expect(woken).toEqual(['clicks']);
  expect(sent).toEqual([[{ pk: 'manifest#t1#00', at: 1_700_000_600 }]]);
});

test('manifests that no committer has seen are woken when they are due', async () => {
  const world = new CommitWorld({ latency: '2s' });
  await world.createTable();
  await world.commit();
  await world.stage(manifest([manifestRange(1)]));
  expect((await sweep(world)).woken).toEqual(['clicks']);
});

test('a start that fails keeps no other from starting, and the sweep from counting', async () => {
  const world = new CommitWorld();
  for (const tableId of ['t1', 't2']) {
    await world.createTable({ tableId, tableName: tableId });
    await world.stage(manifest([manifestRange(1)], { tableId }));
  }
  const started: string[] = [];
  const wake = async ([wakeUp]: WakeUp[]) => {
    if (wakeUp?.pk === 'manifest#t1#00') throw new Error('throttled');
    started.push(wakeUp!.pk);
  };
  world.nowMs += 60_000;
  await expect(sweep(world, wake)).rejects.toThrow('1 commits were not started');
  expect(started).toEqual(['manifest#t2#00']);
  expect(world.counted(metrics.sweeps)).toBe(0);
});

test('a table that cannot be looked at keeps no other from starting', async () => {
  const world = new CommitWorld();
  for (const tableId of ['t1', 't2']) {
    await world.createTable({ tableId, tableName: tableId });
    await world.stage(manifest([manifestRange(1)], { tableId }));
  }
  world.nowMs += 60_000;
  const { ledger } = world.ports;
  const backlogOf: typeof ledger.backlogOf = async (tableId) => {
    if (tableId === 't1') throw new Error('throttled');
    return ledger.backlogOf(tableId);
  };
  const started: string[] = [];
  const wake = async ([wakeUp]: WakeUp[]) => void started.push(wakeUp!.pk);
  await expect(sweepTables({ ...world.ports, ledger: { ...ledger, backlogOf }, wake })).rejects.toThrow(
    '1 commits were not started',
  );
  expect(started).toEqual(['manifest#t2#00']);
});

test('a backlog of what is gone is looked after: sources that it holds back bring nothing that would wake a committer', async () => {
  const world = new CommitWorld();
  await world.createTable();
  await world.ports.ledger.publishBacklog('t1', { stagedBytes: 9e12, stagedManifests: 9_000, publishedMs: 0 });
  expect((await sweep(world)).woken).toEqual(['clicks']);
  await world.commit();
  expect(await world.ports.ledger.backlogOf('t1')).toMatchObject({ stagedBytes: 0, stagedManifests: 0 });
  expect((await sweep(world)).woken).toEqual([]);
});
