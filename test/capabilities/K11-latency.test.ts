import { expect, test } from 'vitest';
import { openedTable } from '../support/canonical-lines.ts';
import { lakeWorld } from '../support/capability.ts';

const settings = `
sources:
  slow: { kinesis: { shards: 1 }, table: slow }
  large: { kinesis: { shards: 1 }, table: large }
  long: { kinesis: { shards: 1 }, table: long }
tables:
  slow: { latency: 300s }
  large: { latency: 300s, minFileBytes: 10KiB, compression: none }
  long: { latency: 300s, maxRowsPerFile: 5 }
`;
const world = await lakeWorld(settings);

test('K11 an idle source is flushed once its oldest record has waited for `latency`, and not before', async () => {
  await world.push('slow', [{ value: { id: 1 } }]);
  world.nowMs += 200_000;
  await world.commitRipe();
  expect(await world.rows('slow')).toEqual([]);
  await world.push('slow', [{ value: { id: 2 } }]);
  world.nowMs += 100_000;
  await world.commitRipe();
  expect(await world.rows('slow')).toEqual([{ id: 1 }, { id: 2 }]);
  expect(await world.rows('slow', 0)).toHaveLength(2);
});

test('K11 `maxRowsPerFile` rows are committed at once', async () => {
  for (let id = 0; id < 4; id++) await world.push('long', [{ value: { id } }]);
  await world.commitRipe();
  expect(await world.rows('long')).toEqual([]);
  await world.push('long', [{ value: { id: 4 } }]);
  await world.commitRipe();
  expect(await world.rows('long')).toHaveLength(5);
});

test('K11 `minFileBytes` bytes are committed at once, of several batches as one file', async () => {
  const texts = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(2_500));
  const push = (from: number, to: number) =>
    world.push(
      'large',
      texts.slice(from, to).map((text) => ({ value: { text } })),
    );
  for (const batch of [0, 1, 2]) await push(batch, batch + 1);
  await world.commitRipe();
  expect(await world.rows('large')).toEqual([]);
  for (const batch of [3, 4]) await push(batch, batch + 1);
  await world.commitRipe();
  expect(await world.rows('large')).toEqual(texts.map((text) => ({ text })));
  expect(await Array.fromAsync((await openedTable(world.storeOf('large'))).files())).toHaveLength(1);
});
