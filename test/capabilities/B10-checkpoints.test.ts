import { expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { commitPath } from '#delta/log-path.ts';
import { commitTable } from '#pipeline/commit/commit-table.ts';
import { checkpointTable } from '#pipeline/log/checkpoint-table.ts';
import { lakeWorld } from '../support/capability.ts';

const settings = `
sources: { clicks: { kinesis: { shards: 1 }, table: clicks } }
tables: { clicks: { checkpointInterval: 2 } }
`;

test('B10 a commit asks for a checkpoint and does not wait: it is written by itself, verified, and rows are read by it', async () => {
  const world = await lakeWorld(settings);
  const store = world.storeOf('clicks');
  const checkpoints = () => [...store.objects.keys()].filter((path) => path.includes('.checkpoint'));
  const asked: boolean[] = [];
  for (const id of [1, 2, 3]) {
    await world.push('clicks', [{ value: { id } }]);
    world.nowMs += 60_000;
    const { tableId } = (await world.tables())[0]!;
    world.ledger.items.leases.set(tableId, { owner: 'execution', expiresAtS: 0 });
    asked.push((await commitTable({ tableId, owner: 'execution' }, world.commitPorts)).checkpointDue);
    expect(checkpoints()).toEqual([]);
  }
  expect(asked).toEqual([false, false, true]);

  const { tableId } = (await world.tables())[0]!;
  const { ledger, storeOf, clock, ids, measurements } = world;
  await checkpointTable(tableId, { ledger, storeOf, codec: checkpointCodec, clock, ids, measurements });
  expect(checkpoints()).toHaveLength(1);
  for (const version of [0, 1]) store.objects.delete(commitPath(version));
  expect(await world.rows('clicks')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
});
