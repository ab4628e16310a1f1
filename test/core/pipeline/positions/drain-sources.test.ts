import { beforeEach, describe, expect, test } from 'vitest';
import { type DrainPorts, type DrainRequest, drainSources } from '#pipeline/positions/drain-sources.ts';
import { type LakeWorld, lakeWorld } from '../../../support/capability.ts';
import { topicPositions } from '../../../support/handover.ts';

const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources:
  orders: { kafka: { cluster: broker, topic: orders, partitions: 2 }, table: orders }
  clicks: { kafka: { cluster: broker, topic: clicks }, table: clicks }
tables: { orders: { latency: 5m }, clicks: {} }
`;

const request: DrainRequest = { sources: ['orders', 'clicks'], timeoutMs: 3_600_000, pollMs: 60_000, turnOff: true };

let world: LakeWorld;
let states: Record<string, string>;
let offered: string[];
beforeEach(async () => {
  world = await lakeWorld(settings);
  states = { orders: 'Enabled', clicks: 'Enabled' };
  offered = [];
});

const push = (source: string, partition: number, from: number, to: number) =>
  world.push(
    source,
    Array.from({ length: to - from }, (_, index) => ({
      value: { id: from + index },
      partition,
      position: from + index,
    })),
  );

const ports = (
  ends: Record<string, Record<string, number>>,
  at: Record<number, () => Promise<unknown>>,
): DrainPorts => {
  let looks = 0;
  return {
    ledger: world.ledger,
    settings: world.settings,
    positionsOf: (source) => topicPositions(ends[source] ?? {}),
    mappings: {
      of: async (source) => [{ id: source, state: states[source] as string }],
      turn: async ({ id }) => {
        offered.push(id);
        states[id] = 'Disabling';
      },
    },
    clock: world.clock,
    wait: async (ms) => {
      world.nowMs += ms;
      for (const [source, state] of Object.entries(states)) if (state === 'Disabling') states[source] = 'Disabled';
      await at[++looks]?.();
    },
  };
};

const twoPartitions = { orders: { 0: 6, 1: 0 }, clicks: { 0: 2 } };

describe('a bounded run', () => {
  test('ends when what there was is in the tables, and turns the mappings off', async () => {
    await push('orders', 0, 0, 2);
    const drained = await drainSources(
      request,
      ports(twoPartitions, {
        1: () => push('orders', 0, 2, 8),
        2: () => push('clicks', 0, 0, 2),
        8: () => world.commitRipe(),
      }),
    );
    expect(drained.ends).toEqual({ 'orders/0': '6', 'clicks/0': '2' });
    expect(states).toEqual({ orders: 'Disabled', clicks: 'Disabled' });
    expect(await world.rows('orders')).toHaveLength(8);
    expect(await world.rows('clicks')).toHaveLength(2);
  });

  test('leaves mappings on where it is asked to', async () => {
    await push('clicks', 0, 0, 2);
    await world.commit();
    await drainSources({ ...request, sources: ['clicks'], turnOff: false }, ports(twoPartitions, {}));
    expect(states.clicks).toBe('Enabled');
  });

  test('waits for nothing that is older than where the source begins', async () => {
    world.deploy(
      settings.replace('table: clicks }', 'table: clicks, startingPosition: { timestamp: "1970-01-01T00:00:02Z" } }'),
    );
    const drained = await drainSources({ ...request, sources: ['clicks'] }, ports(twoPartitions, {}));
    expect(drained.ends).toEqual({});
  });

  test('waits for nothing before the starting position of a partition', async () => {
    const startingPositions = (begin: number) =>
      settings.replace('table: clicks }', `table: clicks, startingPositions: { "0": ${begin} } }`);
    world.deploy(startingPositions(2));
    const drained = await drainSources({ ...request, sources: ['clicks'] }, ports(twoPartitions, {}));
    expect(drained.ends).toEqual({ 'clicks/0': '2' });
    world.deploy(startingPositions(1));
    states.clicks = 'Disabled';
    await expect(drainSources({ ...request, sources: ['clicks'] }, ports(twoPartitions, {}))).rejects.toThrow(
      'expected its event source mapping to be on while there is something to read',
    );
  });

  test('of a source without records ends at once', async () => {
    const drained = await drainSources({ ...request, sources: ['orders'] }, ports({ orders: { 0: 0 } }, {}));
    expect(drained.ends).toEqual({});
    expect(states).toEqual({ orders: 'Disabled', clicks: 'Enabled' });
  });
});

describe('refused', () => {
  test('when the time is up, with what is missing', async () => {
    await push('orders', 0, 0, 2);
    await expect(drainSources({ ...request, timeoutMs: 300_000 }, ports(twoPartitions, {}))).rejects.toThrow(
      'expected to be at the end within 300 s, found orders/0 read up to 2 of 6, clicks/0 unread of 2, 1 manifests of orders not committed',
    );
    expect(offered).toEqual([]);
  });

  test('while nobody reads', async () => {
    states.clicks = 'Disabled';
    await expect(drainSources(request, ports({ clicks: { 0: 2 } }, {}))).rejects.toThrow(
      'source clicks: expected its event source mapping to be on while there is something to read, found clicks Disabled',
    );
  });
});
