import { expect, test } from 'vitest';
import type { Ledger } from '#pipeline/ledger/ledger.ts';
import { ingestWorld, record } from '../../../support/ingest.ts';

/** A process that ingests `clicks`, and what it counts in the ledger. */
function processIn(world: ReturnType<typeof ingestWorld>) {
  const counted: string[] = [];
  const { beginAttempt } = world.ports.ledger;
  world.ports.ledger.beginAttempt = (sourcePartition, position) => {
    counted.push(`${sourcePartition} ${position}`);
    return beginAttempt(sourcePartition, position);
  };
  return counted;
}

const columns = { schema: [{ name: 'id', type: 'long' }] };
const row = (position: number) => record(position, `{"id":${position}}`);

test('a process counts its first attempt at a source partition, and none while it goes on by itself', async () => {
  const world = ingestWorld(columns);
  const counted = processIn(world);
  for (const position of [1, 2, 3]) await world.ingest([row(position)]);
  expect(counted).toEqual(['clicks/0 1']);
  expect(await world.ledger.readCursor('clicks/0')).toMatchObject({ position: '3', attempts: 0, revision: 3 });
});

test('it counts again where another process moved the cursor, or tries what comes next', async () => {
  const world = ingestWorld(columns);
  const counted = processIn(world);
  await world.ingest([row(1)]);
  await world.ingest([row(2)], { ...world.ledger });
  await world.ingest([row(3)]);
  expect(counted.slice(2)).toEqual(['clicks/0 3']);
  await world.ledger.beginAttempt('clicks/0', '4');
  await world.ingest([row(4), row(5)]);
  expect(counted.at(-1)).toBe('clicks/0 4');
  expect(await world.ledger.readCursor('clicks/0')).toMatchObject({ position: '4' });
});

test('what follows on a batch at which others died is counted', async () => {
  const world = ingestWorld(columns);
  const counted = processIn(world);
  await world.ledger.beginAttempt('clicks/0', '1');
  counted.length = 0;
  await world.ingest([row(1), row(2)]);
  await world.ingest([row(2)]);
  await world.ingest([row(3)]);
  expect(counted).toEqual(['clicks/0 1', 'clicks/0 2']);
});

test('an attempt that was not counted and fails in a caught way leaves nothing to forget', async () => {
  const world = ingestWorld(columns);
  const counted = processIn(world);
  await world.ingest([row(1)]);
  const ended: string[] = [];
  const { stage, endAttempt } = world.ports.ledger;
  const outage: Partial<Ledger> = {
    stage: () => Promise.reject(new Error('DynamoDB is away')),
    endAttempt: (sourcePartition) => {
      ended.push(sourcePartition);
      return endAttempt(sourcePartition);
    },
  };
  Object.assign(world.ports.ledger, outage);
  await expect(world.ingest([row(2)])).rejects.toThrow('DynamoDB is away');
  Object.assign(world.ports.ledger, { stage });
  await world.ingest([row(2)]);
  expect([counted, ended]).toEqual([['clicks/0 1'], []]);
  expect(await world.rows('clicks')).toEqual([{ id: 1n }, { id: 2n }]);
});
