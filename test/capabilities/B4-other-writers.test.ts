import { expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { tableUri } from '#contract/environment.ts';
import { metrics } from '#contract/metrics.ts';
import { serializeActions } from '#delta/action-json.ts';
import { dynamodbLogStore } from '#delta/dynamodb-log-store.ts';
import { commitFileName, commitPath, logFolder, tempCommitPath } from '#delta/log-path.ts';
import { switchLogStore } from '#pipeline/log/switch-log-store.ts';
import { type LakeWorld, lakeWorld } from '../support/capability.ts';
import { outsideAppend } from '../support/outside-append.ts';

const settings = (logStore: string) => `
sources: { clicks: { kinesis: { shards: 1 }, table: clicks } }
tables: { clicks: { logStore: ${logStore} } }
`;
const tablePath = tableUri('lake', 'clicks');

async function pushed(world: LakeWorld, id: number): Promise<void> {
  await world.push('clicks', [{ value: { id } }]);
  await world.commit();
}

/** As Spark commits: the version's entry, and the version; where it dies in between, only the entry. */
async function sparkAppends(world: LakeWorld, id: bigint, dies: boolean): Promise<void> {
  const store = world.storeOf('clicks');
  const { version, actions } = await outsideAppend(store, [[id]], 'Apache-Spark');
  const entry = { tablePath, fileName: commitFileName(version), tempPath: tempCommitPath(version, 'spark') };
  await store.put(`${logFolder}${entry.tempPath}`, serializeActions(actions));
  await world.entries.putIfAbsent({ ...entry, complete: false });
  if (dies) return;
  await store.put(commitPath(version), serializeActions(actions));
  await world.entries.markComplete({ ...entry, complete: false }, 1_900_000_000);
}

async function conditionallyAppends(world: LakeWorld, id: bigint): Promise<void> {
  const store = world.storeOf('clicks');
  const { version, actions } = await outsideAppend(store, [[id]], 'delta-rs');
  await store.putIfAbsent(commitPath(version), serializeActions(actions));
}

test('B4 Spark and Flink write beside it by `logStore: dynamodb`, and what they left half done is finished', async () => {
  const world = await lakeWorld(settings('dynamodb'));
  await pushed(world, 1);
  await sparkAppends(world, 2n, false);
  await pushed(world, 3);
  await sparkAppends(world, 4n, true);
  await pushed(world, 5);
  expect(await world.rows('clicks')).toEqual([1, 2, 3, 4, 5].map((id) => ({ id })));
  expect(world.counted(metrics.strayWriter)).toBe(0);
});

test('B4 delta-rs, Polars and Trino write beside it by `logStore: conditional`', async () => {
  const world = await lakeWorld(settings('conditional'));
  await pushed(world, 1);
  await conditionallyAppends(world, 2n);
  await pushed(world, 3);
  expect(await world.rows('clicks')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  expect(world.counted(metrics.strayWriter)).toBe(0);
});

test('B4 a writer of the other family is named, and its rows stay', async () => {
  const world = await lakeWorld(settings('dynamodb'));
  await pushed(world, 1);
  await conditionallyAppends(world, 2n);
  await pushed(world, 3);
  expect(await world.rows('clicks')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  expect(world.counted(metrics.strayWriter)).toBe(1);
  expect(world.counts.find(({ metric }) => metric === metrics.strayWriter)?.about).toEqual({
    table: 'clicks',
    writer: 'delta-rs, version 1',
  });
});

test('B4 a table is switched from one family of writers to the other, and goes on with that one alone', async () => {
  const world = await lakeWorld(settings('dynamodb'));
  await pushed(world, 1);
  world.deploy(settings('conditional'));
  await world.push('clicks', [{ value: { id: 2 } }]);
  await expect(world.commit()).rejects.toThrow(/run: alluvium log-store/);
  const { ledger, clock, ids, entries } = world;
  const objects = world.storeOf('clicks');
  const itemLogOf = () => ({ objects, logStore: dynamodbLogStore({ tablePath, entries, store: objects, ids, clock }) });
  const ports = { ledger, clock, ids, codec: checkpointCodec, itemLogOf };
  expect(await switchLogStore('clicks', 'conditional', ports)).toEqual({ kind: 'switched', version: 1 });
  await conditionallyAppends(world, 3n);
  await pushed(world, 4);
  expect(await world.rows('clicks')).toEqual([1, 2, 3, 4].map((id) => ({ id })));
  expect(world.counted(metrics.strayWriter)).toBe(0);
  expect(await entries.newest(tablePath)).toMatchObject({ fileName: commitFileName(1), complete: true });
});
