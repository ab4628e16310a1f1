import { expect, test } from 'vitest';
import { metrics } from '#contract/metrics.ts';
import { type LakeWorld, lakeWorld } from '../support/capability.ts';

const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources: { clicks: { kafka: { cluster: broker, topic: clicks }, table: clicks } }
tables: { clicks: { coalesce: { enabled: false }, checkpointInterval: 1000 } }
`;

/** How often the store is asked for anything while `act` runs. */
async function requestsOf(world: LakeWorld, act: () => Promise<void>): Promise<number> {
  const store = world.storeOf('clicks') as unknown as Record<string, (...args: unknown[]) => unknown>;
  let requests = 0;
  const names = ['read', 'readRange', 'head', 'put', 'putIfAbsent', 'list'];
  const originals = names.map((name) => store[name]!);
  names.forEach((name, index) => {
    store[name] = (...args: unknown[]) => {
      requests++;
      return originals[index]!(...args);
    };
  });
  await act();
  names.forEach((name, index) => {
    store[name] = originals[index]!;
  });
  return requests;
}

test('B6 what batches staged within a latency is one commit, and a commit costs as much in a large table as in a small one', async () => {
  const world = await lakeWorld(settings);
  const batches = async (count: number) => {
    for (let batch = 0; batch < count; batch++) {
      await world.push('clicks', [{ value: { batch }, partition: batch % 8 }]);
    }
  };
  await batches(40);
  await world.commit();
  expect(world.counted(metrics.commits)).toBe(1);
  expect(await world.rows('clicks', 0)).toHaveLength(40);

  await batches(1);
  const small = await requestsOf(world, () => world.commit());
  for (let round = 0; round < 60; round++) {
    await batches(20);
    await world.commit();
  }
  await batches(1);
  const large = await requestsOf(world, () => world.commit());
  expect(large).toBe(small);
  expect(await world.rows('clicks')).toHaveLength(40 + 2 + 60 * 20);
});
