import { expect, test } from 'vitest';
import { metrics } from '#contract/metrics.ts';
import { planSeek, seekSource } from '#pipeline/positions/seek-source.ts';
import { lakeWorld } from '../support/capability.ts';
import { topicPositions } from '../support/handover.ts';

const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources:
  orders:
    kafka: { cluster: broker, topic: orders, partitions: 2 }
    table: orders
    startingPositions: { "0": 5 }
tables: { orders: {} }
`;

const records = (from: number, to: number, partition: number) =>
  Array.from({ length: to - from }, (_, index) => ({
    value: { partition, offset: from + index },
    partition,
    position: from + index,
  }));

test('K9 starting positions by partition: the first record that is taken is the one there, others begin at their oldest', async () => {
  const world = await lakeWorld(settings);
  await world.push('orders', records(0, 3, 0));
  await world.push('orders', [...records(3, 8, 0), ...records(0, 2, 1)]);
  await world.commit();
  expect(await world.rows('orders')).toEqual([
    { partition: 0, offset: 5 },
    { partition: 0, offset: 6 },
    { partition: 0, offset: 7 },
    { partition: 1, offset: 0 },
    { partition: 1, offset: 1 },
  ]);
  expect(world.counted(metrics.recordsSkipped)).toBe(5);
  expect(world.counted(metrics.recordsIn)).toBe(5);
});

test('K9 starting positions count until there is a cursor: other settings later neither repeat nor skip', async () => {
  const world = await lakeWorld(settings);
  await world.push('orders', records(4, 7, 0));
  world.deploy(settings.replace('{ "0": 5 }', '{ "0": 100, "1": 1 }'));
  await world.push('orders', [...records(4, 9, 0), ...records(0, 3, 1)]);
  await world.commit();
  const offsets = (await world.rows('orders')).map(({ partition, offset }) => `${partition}/${offset}`);
  expect(offsets).toEqual(['0/5', '0/6', '0/7', '0/8', '1/1', '1/2']);
});

test('K9 seek: ahead leaves records out, back brings them in, and no row comes twice', async () => {
  const world = await lakeWorld(settings.replace('startingPositions: { "0": 5 }', ''));
  const { ledger } = world;
  const mappings = { of: async () => [{ id: 'mapping', state: 'Disabled' }], turn: async () => undefined };
  const ports = { ledger, settings: world.settings, positions: topicPositions({ 0: 20, 1: 0 }), mappings };
  const seek = async (position: string) => {
    const to = { kind: 'position', position } as const;
    const request = { source: 'orders', partition: '0', to, repeat: [], recreated: false };
    const steps = await planSeek(request, ports);
    await seekSource(request, steps, ports);
    return steps;
  };
  await world.push('orders', records(0, 5, 0));
  expect(await seek('8')).toMatchObject([{ direction: 'ahead', from: '5', to: '8', count: { records: 3 } }]);
  await world.push('orders', records(5, 10, 0));
  await world.commit();
  const offsets = async () => (await world.rows('orders')).map(({ offset }) => offset as number).sort((a, b) => a - b);
  expect(await offsets()).toEqual([0, 1, 2, 3, 4, 8, 9]);
  expect(await seek('3')).toMatchObject([{ direction: 'back', from: '10', to: '3', count: { records: 7 } }]);
  await world.push('orders', records(3, 12, 0));
  await world.commit();
  expect(await offsets()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});
