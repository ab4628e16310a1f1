import { beforeEach, describe, expect, test } from 'vitest';
import { metrics } from '#contract/metrics.ts';
import { planSeek, type SeekPorts, type SeekRequest, seekSource } from '#pipeline/positions/seek-source.ts';
import type { SourceMapping } from '#pipeline/positions/source-mappings.ts';
import type { SourcePositions } from '#pipeline/positions/source-positions.ts';
import { type LakeWorld, lakeWorld } from '../../../support/capability.ts';
import { topicPositions } from '../../../support/handover.ts';

const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources: { orders: { kafka: { cluster: broker, topic: orders, partitions: 2 }, table: orders } }
tables: { orders: {}, refunds: {} }
`;

const request: SeekRequest = {
  source: 'orders',
  to: { kind: 'earliest' },
  repeat: [],
  recreated: false,
};

let world: LakeWorld;
let ends: Record<string, number>;
let mappings: SourceMapping[];
beforeEach(async () => {
  world = await lakeWorld(settings);
  ends = { 0: 10, 1: 4 };
  mappings = [{ id: 'mapping-1', state: 'Disabled' }];
});

const ports = (): SeekPorts => ({
  ledger: world.ledger,
  settings: world.settings,
  positions: topicPositions(ends),
  mappings: { of: async () => mappings, turn: async () => undefined },
});

const push = (from: number, to: number, partition = 0, more: object = {}) =>
  world.push(
    'orders',
    Array.from({ length: to - from }, (_, index) => ({
      value: { id: `${partition}/${from + index}` },
      partition,
      position: from + index,
      timestampMs: world.nowMs + from + index,
      ...more,
    })),
  );

async function seek(more: Partial<SeekRequest>) {
  const wanted = { ...request, ...more };
  const steps = await planSeek(wanted, ports());
  await seekSource(wanted, steps, ports());
  return steps;
}

const offsets = async (table = 'orders') => {
  await world.commit();
  return (await world.rows(table)).map(({ id }) => Number(String(id).split('/')[1])).sort((a, b) => a - b);
};

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

test('a plan says what is read again and what never, in numbers', async () => {
  await push(0, 6);
  expect(await planSeek({ ...request, to: { kind: 'position', position: '2' }, partition: '0' }, ports())).toEqual([
    {
      sourcePartition: 'orders/0',
      from: '6',
      to: '2',
      direction: 'back',
      count: { records: 4, isLeast: false },
      effect: { keep: ['orders'], repeat: [] },
    },
  ]);
  expect(await planSeek({ ...request, to: { kind: 'latest' } }, ports())).toMatchObject([
    { from: '6', to: '10', direction: 'ahead', count: { records: 4 } },
    { from: '0', to: '4', direction: 'ahead', count: { records: 4 } },
  ]);
  expect(await planSeek({ ...request, to: { kind: 'timestamp', timeMs: 3_000 } }, ports())).toMatchObject([
    { to: '3' },
    { to: '3' },
  ]);
});

test('what starting positions would skip after what a table has is refused, until it is sought', async () => {
  await push(0, 1);
  const { tableId } = (await world.ledger.tableNamed('orders'))!;
  const { position: _, ...unread } = (await world.ledger.readCursor('orders/0'))!;
  world.ledger.items.cursors.set('orders/0', { ...unread, floors: { [tableId]: '3' }, batchEnds: [] });
  world.deploy(settings.replace('table: orders }', 'table: orders, startingPositions: { "0": 6 } }'));
  await expect(push(6, 8)).rejects.toThrow('expected startingPositions to begin at 4 or before');
  expect(await seek({ to: { kind: 'position', position: '6' }, partition: '0' })).toMatchObject([
    { from: '0', to: '6', direction: 'ahead', count: { records: 6 } },
  ]);
  await push(4, 8);
  expect(await offsets()).toEqual([0, 6, 7]);
});

describe('to the cursor', () => {
  test('a mapping that is beyond a restored ledger delivers again what the ledger lacks', async () => {
    await push(0, 6);
    const cursor = (await world.ledger.readCursor('orders/0'))!;
    world.ledger.items.cursors.set('orders/0', { ...cursor, position: '2' });
    const placed: Record<string, string>[] = [];
    const positions: SourcePositions = {
      ...topicPositions(ends),
      place: async (places) => {
        placed.push(places);
        return 'placed';
      },
    };
    const wanted: SeekRequest = { ...request, to: { kind: 'cursor' } };
    const steps = await planSeek(wanted, { ...ports(), positions });
    expect(steps).toMatchObject([
      { sourcePartition: 'orders/0', from: '3', to: '3', direction: 'stays' },
      { sourcePartition: 'orders/1', from: '0', to: '0', direction: 'stays' },
    ]);
    expect(await seekSource(wanted, steps, { ...ports(), positions })).toBe('placed');
    expect(placed).toEqual([{ 0: '3', 1: '0' }]);
    expect((await world.ledger.readCursor('orders/0'))?.position).toBe('2');
  });

  test('begins with the oldest record where those before it are gone', async () => {
    await push(0, 3);
    const positions: SourcePositions = {
      ...topicPositions(ends),
      spans: async () => [{ partition: '0', earliest: '7', end: '10' }],
    };
    expect(await planSeek({ ...request, to: { kind: 'cursor' } }, { ...ports(), positions })).toMatchObject([
      { from: '3', to: '7', direction: 'ahead', count: { records: 4 } },
    ]);
  });
});

test('a ledger restored to before anything was read begins where the settings say, and not before', async () => {
  world.deploy(settings.replace('table: orders }', 'table: orders, startingPositions: { "0": 3 } }'));
  await push(0, 5);
  const { tableId } = (await world.ledger.tableNamed('orders'))!;
  const { position: _, start: __, ...unread } = (await world.ledger.readCursor('orders/0'))!;
  const restored = { ...unread, taken: { [tableId]: [{ from: '3', to: '4' }] }, batchEnds: [] };
  world.ledger.items.cursors.set('orders/0', restored);
  await seek({ to: { kind: 'cursor' }, partition: '0' });
  expect(await world.ledger.readCursor('orders/0')).toMatchObject({ start: '3' });
  await push(0, 8);
  expect(await offsets()).toEqual(numbers(3, 8));
});

describe('back', () => {
  test('doubles no row: tables keep what they have', async () => {
    await push(0, 6);
    await seek({});
    await push(0, 10);
    expect(await offsets()).toEqual(numbers(0, 10));
    expect(world.counted(metrics.recordsRedelivered)).toBe(6);
  });

  test('brings rows to a table that the source has not fed', async () => {
    await push(0, 6);
    await seek({});
    world.deploy(settings.replace('table: orders }', 'table: refunds }'));
    await push(0, 10);
    expect(await offsets()).toEqual(numbers(0, 6));
    expect(await offsets('refunds')).toEqual(numbers(0, 10));
  });

  test('brings rows again where they are wanted twice', async () => {
    await push(0, 6);
    await seek({ to: { kind: 'position', position: '4' }, partition: '0', repeat: ['orders'] });
    await push(4, 10);
    expect(await offsets()).toEqual([...numbers(0, 6), 4, 5, ...numbers(6, 10)].sort((a, b) => a - b));
    await seek({});
    await push(0, 10);
    expect(await offsets()).toHaveLength(12);
  });

  test('fills what a seek ahead has skipped', async () => {
    await push(0, 3);
    await seek({ to: { kind: 'position', position: '7' }, partition: '0' });
    await push(3, 9);
    expect(await offsets()).toEqual([0, 1, 2, 7, 8]);
    expect(world.counted(metrics.recordsSkipped)).toBe(4);
    await seek({});
    await push(0, 10);
    expect(await offsets()).toEqual(numbers(0, 10));
  });

  test('again and again, doubles nothing', async () => {
    await push(0, 5);
    for (const to of [3, 1, 4, 0, 2, 4, 1]) {
      const position = String(to);
      await seek({ to: { kind: 'position', position }, partition: '0' });
      await push(to, 6 + (to % 3));
    }
    await seek({});
    await push(0, 10);
    expect(await offsets()).toEqual(numbers(0, 10));
  });

  test('too far, and then ahead again: what was never read comes, before what was', async () => {
    await push(0, 4);
    await seek({ to: { kind: 'position', position: '7' }, partition: '0' });
    await push(7, 9);
    await seek({ to: { kind: 'position', position: '2' }, partition: '0' });
    await seek({ to: { kind: 'position', position: '5' }, partition: '0' });
    await push(5, 10);
    expect(await offsets()).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 9]);
  });
});

test('back to a record that was read alone: it is no dead letter for that', async () => {
  await world.push('orders', [{ value: 'no JSON', partition: 0, position: 0, timestampMs: world.nowMs }]);
  await seek({ to: { kind: 'position', position: '5' }, partition: '0' });
  await push(5, 6);
  await seek({ to: { kind: 'position', position: '5' }, partition: '0', repeat: ['orders'] });
  await push(5, 7);
  expect(await offsets()).toEqual([5, 5, 6]);
});

describe('back and ahead at random', () => {
  test.each(numbers(1, 81))('each record that is read is one row, seed %d', async (seed) => {
    let state = seed * 2_654_435_761;
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    let next = 0;
    const read = new Set<number>();
    for (let round = 0; round < 12; round++) {
      const to = Math.min(10, next + random(4));
      if (to > next) await push(next, to);
      for (const offset of numbers(next, to)) read.add(offset);
      next = random(11);
      await seek({ to: { kind: 'position', position: String(next) }, partition: '0' });
    }
    expect(await offsets()).toEqual([...read].sort((a, b) => a - b));
  });
});

describe('refused', () => {
  test('while a mapping is on', async () => {
    mappings = [{ id: 'mapping-1', state: 'Disabling' }];
    await expect(seek({})).rejects.toThrow(
      'expected its event source mapping to be off while its cursors are set, found mapping-1 Disabling',
    );
  });

  test('a partition that is not there', async () => {
    await expect(seek({ partition: '7' })).rejects.toThrow('expected a partition among 0, 1; got 7');
  });

  test('a position that the source does not have', async () => {
    const to = { kind: 'position', position: '11' } as const;
    await expect(seek({ to, partition: '0' })).rejects.toThrow(
      'expected a position from 0 to 10, which the source has; got 11',
    );
  });

  test('a cursor that moves meanwhile', async () => {
    await push(0, 3);
    const steps = await planSeek(request, ports());
    await push(3, 5);
    await expect(seekSource(request, steps, ports())).rejects.toThrow('something reads the source');
  });

  test('a topic that ends before its cursor, unless it is said to be made anew', async () => {
    await push(0, 6);
    ends = { 0: 2, 1: 0 };
    await expect(seek({})).rejects.toThrow('it ends before 2, so that it was made anew: say --recreated');
  });
});

test('run again after an interruption, it comes to the same', async () => {
  await push(0, 6);
  const steps = await planSeek(request, ports());
  await seekSource(request, steps.slice(0, 1), ports());
  await seekSource(request, await planSeek(request, ports()), ports());
  await push(0, 10);
  expect(await offsets()).toEqual(numbers(0, 10));
});

test('a topic that was made anew stops its batches until it is sought, and flows again', async () => {
  await push(0, 6);
  await world.commit();
  world.nowMs += 60_000;
  const anew = { value: { id: 'anew' } };
  await expect(push(0, 8, 0, anew)).rejects.toThrow('to be no newer than');
  expect(world.counted(metrics.sourceRecreated)).toBe(1);

  ends = { 0: 8, 1: 0 };
  await seek({ recreated: true });
  await push(0, 8, 0, anew);
  await push(6, 8, 0, anew);
  await world.commit();
  const rows = await world.rows('orders');
  expect(rows.filter(({ id }) => id === 'anew')).toHaveLength(8);
  expect(rows).toHaveLength(14);
});
