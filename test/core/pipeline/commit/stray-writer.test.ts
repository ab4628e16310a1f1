import { expect, test } from 'vitest';
import { metrics } from '#contract/metrics.ts';
import type { Action } from '#delta/actions.ts';
import { commitFileName, commitPath } from '#delta/log-path.ts';
import { CommitWorld } from '../../../support/commit.ts';
import { manifest, manifestRange } from '../../../support/manifests.ts';

const tablePath = 's3a://lake/tables/clicks';
const written = (engineInfo?: string): Action[] => [
  { commitInfo: { operation: 'WRITE', ...(engineInfo && { engineInfo }) } },
];

async function worldOf(logStore: 'dynamodb' | 'conditional') {
  const world = new CommitWorld({ logStore });
  await world.createTable();
  await world.stage(manifest([manifestRange(1)]));
  await world.commit();
  await world.stage(manifest([manifestRange(2)]));
  return world;
}

const strays = ({ counts }: CommitWorld) =>
  counts.filter(({ metric }) => metric === metrics.strayWriter).map(({ about }) => about);

const entryOf = (version: number) => ({
  tablePath,
  fileName: commitFileName(version),
  tempPath: '.tmp/x',
  complete: true,
});

test('a conditional put in a dynamodb table is told by its missing entry, and named', async () => {
  const world = await worldOf('dynamodb');
  await world.write(1, written('delta-rs:py-1.6.6'));
  expect(await world.commit()).toMatchObject({ version: 2 });
  expect(strays(world)).toEqual([{ table: 'clicks', writer: 'delta-rs:py-1.6.6, version 1' }]);
  expect(world.adds(2)).toHaveLength(1);
});

test('one that takes our version is named too, and our rows come after it', async () => {
  const world = await worldOf('dynamodb');
  const { objects, logStore } = world.ports.logOf('clicks');
  const overtaken: typeof logStore = {
    ...logStore,
    commit: async (version, ...rest) => {
      if (version === 1) await world.write(1, written('delta-rs:py-1.6.6'));
      return logStore.commit(version, ...rest);
    },
  };
  expect(await world.commit({ logOf: () => ({ objects, logStore: overtaken }) })).toMatchObject({ version: 2 });
  expect(strays(world)).toEqual([{ table: 'clicks', writer: 'delta-rs:py-1.6.6, version 1' }]);
  expect(world.adds(2)).toHaveLength(1);
});

test('an entry beside a version of a conditional table tells of an item writer', async () => {
  const world = await worldOf('conditional');
  await world.write(1, written('Apache-Spark/4.1.3 Delta-Lake/4.4.0'));
  await world.entries.putIfAbsent(entryOf(1));
  expect(await world.commit()).toMatchObject({ version: 2 });
  expect(strays(world)).toEqual([{ table: 'clicks', writer: 'Apache-Spark/4.1.3 Delta-Lake/4.4.0, version 1' }]);
});

test('a version that an item writer has replaced is told, and its rows are committed again while they are staged', async () => {
  const world = await worldOf('conditional');
  const { objects, logStore } = world.ports.logOf('clicks');
  const replaced: typeof logStore = {
    ...logStore,
    commit: async (version, ...rest) => {
      const outcome = await logStore.commit(version, ...rest);
      if (version === 1) {
        await world.objects.put(commitPath(1), new TextEncoder().encode(`${JSON.stringify(written('Spark')[0])}\n`));
        await world.entries.putIfAbsent(entryOf(1));
      }
      return outcome;
    },
  };
  expect(await world.commit({ logOf: () => ({ objects, logStore: replaced }) })).toMatchObject({ version: 2 });
  expect(world.adds(2)).toHaveLength(1);
  expect(await world.ledger.manifestsOf('t1')).toEqual([]);
  world.objects.objects.set(commitPath(2), { ...(await world.objects.read(commitPath(1)))!, path: commitPath(2) });
  await world.entries.putIfAbsent(entryOf(2));
  await world.commit();
  expect(strays(world)).toEqual([{ table: 'clicks', writer: 'Spark, version 2' }]);
});

test.each(['dynamodb', 'conditional'] as const)('writers of the family %s are no strays', async (family) => {
  const world = await worldOf(family);
  const { objects, logStore } = world.ports.logOf('clicks');
  await logStore.commit(1, written('another'), 'another');
  expect(await world.commit({ logOf: () => ({ objects, logStore }), states: new Map() })).toMatchObject({ version: 2 });
  expect(await world.commit({ states: new Map() })).toMatchObject({ version: 2 });
  expect(strays(world)).toEqual([]);
});

test('of an old version whose entry has expired nothing is said, nor of one from before a switch', async () => {
  const old = await worldOf('dynamodb');
  await old.write(1, written());
  old.nowMs += 86_400_000;
  await old.commit();
  expect(strays(old)).toEqual([]);

  const switched = await worldOf('conditional');
  const record = (await switched.ledger.tableById('t1'))!;
  const logStore = { family: 'conditional' as const, sinceVersion: 1 };
  await switched.ledger.updateTable({ ...record, logStore, schemaVersion: 2 }, 1);
  await switched.write(1, written());
  await switched.entries.putIfAbsent(entryOf(1));
  await switched.commit();
  expect(strays(switched)).toEqual([]);
});
