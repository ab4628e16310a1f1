import { expect, test } from 'vitest';
import { drainSources } from '#pipeline/positions/drain-sources.ts';
import type { SourceMapping } from '#pipeline/positions/source-mappings.ts';
import { lakeWorld } from '../support/capability.ts';
import { topicPositions } from '../support/handover.ts';

const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources: { orders: { kafka: { cluster: broker, topic: orders, partitions: 2 }, table: orders } }
tables: { orders: { latency: 5m } }
`;

test('K12 drain: a bounded run ends with all rows that the topic held in the table, and its mapping off', async () => {
  const world = await lakeWorld(settings);
  const mapping: SourceMapping = { id: 'mapping-1', state: 'Enabled' };
  const ends = { 0: 350, 1: 120 };
  const delivered = { 0: 0, 1: 0 };
  /** What the mapping delivers while the drain waits: 50 records of each partition, also of what arrives later. */
  const deliver = async () => {
    for (const partition of [0, 1] as const) {
      const values = Array.from({ length: 50 }, (_, index) => ({ partition, offset: delivered[partition] + index }));
      delivered[partition] += 50;
      await world.push(
        'orders',
        values.map((value) => ({ value, partition, position: value.offset })),
      );
    }
  };
  const drained = await drainSources(
    { sources: ['orders'], timeoutMs: 3_600_000, pollMs: 60_000, turnOff: true },
    {
      ledger: world.ledger,
      settings: world.settings,
      positionsOf: () => topicPositions(ends),
      mappings: {
        of: async () => [mapping],
        turn: async (off) => void Object.assign(off, { state: 'Disabled' }),
      },
      clock: world.clock,
      wait: async (ms) => {
        world.nowMs += ms;
        await deliver();
        await world.commitRipe();
      },
    },
  );
  expect(drained.ends).toEqual({ 'orders/0': '350', 'orders/1': '120' });
  expect(mapping.state).toBe('Disabled');
  const rows = await world.rows('orders');
  for (const [partition, end] of Object.entries(ends)) {
    const offsets = rows.filter((row) => row.partition === Number(partition)).map(({ offset }) => offset as number);
    expect(offsets.filter((offset) => offset < end).sort((a, b) => a - b)).toEqual(
      Array.from({ length: end }, (_, at) => at),
    );
  }
});
