import { expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { metrics } from '#contract/metrics.ts';
import type { CheckpointCodec } from '#delta/checkpoint-codec.ts';
import { checkpointPath, lastCheckpointPath } from '#delta/log-path.ts';
import { checkpointTable } from '#pipeline/log/checkpoint-table.ts';
import { CommitWorld } from '../../../support/commit.ts';
import { manifest, manifestRange } from '../../../support/manifests.ts';

const portsOf = (world: CommitWorld) => ({ ...world.ports, codec: checkpointCodec, storeOf: () => world.objects });

test('the latest version gets a checkpoint that a new committer goes on from', async () => {
  const world = new CommitWorld();
  await world.createTable();
  for (let ordinal = 1; ordinal <= 3; ordinal++) {
    await world.stage(manifest([manifestRange(ordinal)]));
    await world.commit();
  }
  expect(await checkpointTable('t1', portsOf(world))).toMatchObject({ version: 2, numOfAddFiles: 3 });
  expect(world.objects.objects.has(checkpointPath(2))).toBe(true);
  expect(world.counted(metrics.checkpoints)).toBe(1);

  for (const version of [0, 1]) world.objects.objects.delete(`_delta_log/${String(version).padStart(20, '0')}.json`);
  await world.stage(manifest([manifestRange(4)]));
  expect(await world.commit({ states: new Map() })).toMatchObject({ version: 3 });
  expect(world.adds(3)).toHaveLength(1);
});

test('there is nothing to do without a table', async () => {
  const world = new CommitWorld();
  expect(await checkpointTable('t1', portsOf(world))).toBeUndefined();
  await world.createTable();
  expect(await checkpointTable('t1', portsOf(world))).toBeUndefined();
  expect(world.counts).toEqual([]);
});

test('a checkpoint that cannot be read back is counted, and readers are not pointed at it', async () => {
  const world = new CommitWorld();
  await world.createTable();
  await world.stage(manifest([manifestRange(1)]));
  await world.commit();
  const codec: CheckpointCodec = {
    ...checkpointCodec,
    write: async (content, sink) => {
      const written = await checkpointCodec.write(content, { write: async () => undefined });
      await sink.write(new Uint8Array(written.sizeBytes));
      return written;
    },
  };
  await expect(checkpointTable('t1', { ...portsOf(world), codec })).rejects.toThrow();
  expect(world.counted(metrics.checkpointFailures)).toBe(1);
  expect(world.objects.objects.has(lastCheckpointPath)).toBe(false);
});
