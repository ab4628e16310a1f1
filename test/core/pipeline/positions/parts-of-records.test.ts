import { describe, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { restoreLedger } from '#pipeline/ledger/restore-ledger.ts';
import { type DrainPorts, drainSources } from '#pipeline/positions/drain-sources.ts';
import { planSeek, type SeekPorts, type SeekTarget, seekSource } from '#pipeline/positions/seek-source.ts';
import { containerFile } from '../../../support/avro-container.ts';
import { type LakeWorld, lakeWorld } from '../../../support/capability.ts';
import { topicPositions } from '../../../support/handover.ts';
import { memoryLedger } from '../../../support/memory-ledger.ts';

const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources:
  orders: { kafka: { cluster: broker, topic: orders, partitions: 1 }, table: orders, format: { kind: avro, framing: container } }
tables: { orders: { positionColumns: true } }
`;

const schema = { type: 'record', name: 'Order', fields: [{ name: 'id', type: 'long' }] };

/** A container file of three records. */
const file = (offset: number, parts: readonly number[] = [0, 1, 2]): Promise<Buffer> =>
  containerFile(
    schema,
    parts.map((part) => ({ id: 10 * offset + part })),
  );

async function openWorld() {
  const world = await lakeWorld(settings);
  const values = await Promise.all([0, 1, 2, 3].map((offset) => file(offset)));
  const timestampMs = world.nowMs;
  const push = (from: number, to: number) =>
    world.push(
      'orders',
      values.slice(from, to).map((value, index) => ({ value, partition: 0, position: from + index, timestampMs })),
    );
  const ids = async () => {
    await world.commit();
    return (await world.rows('orders')).map(({ id }) => Number(id)).sort((a, b) => a - b);
  };
  return { world, push, ids, values };
}

const seek = (world: LakeWorld, position: string, repeat: readonly string[]) =>
  seekTo(world, { kind: 'position', position }, repeat);

async function seekTo(world: LakeWorld, to: SeekTarget, repeat: readonly string[]) {
  const ports: SeekPorts = {
    ledger: world.ledger,
    settings: world.settings,
    positions: topicPositions({ 0: 4 }),
    mappings: { of: async () => [], turn: async () => undefined },
  };
  const request = { source: 'orders', to, repeat, recreated: false };
  const steps = await planSeek(request, ports);
  await seekSource(request, steps, ports);
  return steps;
}

const idsOf = (offsets: readonly number[]) => offsets.flatMap((offset) => [0, 1, 2].map((part) => 10 * offset + part));

test('a floor that names a record stands for all the records in it', async () => {
  const { world, push, ids } = await openWorld();
  await push(0, 1);
  const cursor = (await world.ledger.readCursor('orders/0'))!;
  const { tableId } = (await world.ledger.tableNamed('orders'))!;
  const { revision, attempts: _, attemptedPosition: __, sourcePartition, ...next } = cursor;
  const move = { sourcePartition, expectedRevision: revision, next: { ...next, floors: { [tableId]: '1' } } };
  expect(await world.ledger.stage({ moves: [move], manifests: [] })).toBe('staged');
  await push(0, 3);
  expect(await ids()).toEqual(idsOf([0, 2]));
});

test('back, to repeat what is behind a record of many, and back further: nothing before comes twice', async () => {
  const { world, push, ids } = await openWorld();
  await push(0, 3);
  await seek(world, '2', ['orders']);
  await push(2, 3);
  await seek(world, '0', []);
  await push(0, 4);
  expect(await ids()).toEqual([...idsOf([0, 1, 2, 3]), ...idsOf([2])].sort((a, b) => a - b));
});

/** Record 1 is cut in two by a death: its first parts are accepted, and the cursor stands there. */
async function halfWorld() {
  const opened = await openWorld();
  await opened.push(0, 1);
  await opened.world.ledger.beginAttempt('orders/0', '1.0');
  await opened.push(1, 2);
  return opened;
}
const positionIn = async (world: LakeWorld) => (await world.ledger.readCursor('orders/0'))?.position;
const asJson = settings.replace('format: { kind: avro, framing: container }', 'format: json');

test('a cursor stands at a part of a record only where others are left', async () => {
  const { world, push, ids } = await openWorld();
  await push(0, 1);
  expect(await positionIn(world)).toBe('0');
  await world.ledger.beginAttempt('orders/0', '1.0');
  await push(1, 2);
  expect(await positionIn(world)).toBe('1.1');
  await push(1, 2);
  expect(await positionIn(world)).toBe('1');
  await push(0, 3);
  expect(await ids()).toEqual(idsOf([0, 1, 2]));
});

describe('a record of which only parts are accepted', () => {
  test.each([
    ['a format that does not take it apart', asJson, 'found a record that is not taken apart'],
    ['a format of plain text', asJson.replace('format: json', 'format: string'), 'not taken apart'],
  ])('is refused under %s, until the format is back', async (_, other, message) => {
    const { world, push, ids } = await halfWorld();
    world.deploy(other);
    await expect(push(1, 4)).rejects.toThrow(message);
    await expect(push(0, 4)).rejects.toThrow('expected record 1 to have a part 1.1');
    expect(await positionIn(world)).toBe('1.1');
    world.deploy(settings);
    await push(1, 2);
    world.deploy(other);
    await push(2, 3);
    world.deploy(settings);
    await push(0, 4);
    expect((await ids()).filter((id) => id < 20)).toEqual(idsOf([0, 1]));
    expect(await positionIn(world)).toBe('3');
  });

  test('which is taken apart into fewer is refused', async () => {
    const { push, values } = await halfWorld();
    values[1] = await file(1, [0]);
    await expect(push(1, 2)).rejects.toThrow('expected record 1 to have a part 1.1');
  });

  test('as an older pipeline left it, all of it accepted, is read on from', async () => {
    const { world, push, ids } = await openWorld();
    await push(0, 1);
    const cursor = (await world.ledger.readCursor('orders/0'))!;
    world.ledger.items.cursors.set('orders/0', { ...cursor, position: '0.2' });
    await push(0, 2);
    expect(await ids()).toEqual(idsOf([0, 1]));
  });

  test('is sought past or back to, with numbers that count it', async () => {
    const { world, push, ids } = await halfWorld();
    const ahead = await seek(world, '2', []);
    expect(ahead).toMatchObject([{ from: '1.2', to: '2', direction: 'ahead', count: { records: 1 } }]);
    world.deploy(asJson);
    await push(1, 3);
    world.deploy(settings);
    await push(1, 4);
    expect(await ids()).toEqual([...idsOf([0]), 10, 11, ...idsOf([3])]);
    expect(await seek(world, '1', [])).toMatchObject([
      { direction: 'back', effect: { keep: ['orders', 'dead_letters'].sort() } },
    ]);
    await push(1, 4);
    expect(await ids()).toEqual(idsOf([0, 1, 3]));
  });

  test('is read again as a whole where that is wanted, whatever its format is now', async () => {
    const { world, push, ids } = await halfWorld();
    world.deploy(asJson);
    expect(await seek(world, '1', [])).toMatchObject([
      { from: '1.2', to: '1', direction: 'back', count: { records: 1 } },
    ]);
    await expect(push(1, 2)).rejects.toThrow('expected record 1 to have a part 1.1');
    expect(await seek(world, '1', ['orders'])).toMatchObject([{ direction: 'stays', effect: { repeat: ['orders'] } }]);
    await push(1, 2);
    expect(await ids()).toEqual([...idsOf([0]), 10, 11]);
    expect((await world.deadLetters()).map(({ _position }) => _position)).toEqual(['1']);
  });

  test('is delivered again, and goes on, where the source is brought back to its cursors', async () => {
    const { world, push, ids } = await halfWorld();
    const to = { kind: 'cursor' } as const;
    expect(await seekTo(world, to, [])).toMatchObject([{ from: '1.2', to: '1.2', direction: 'stays' }]);
    await push(1, 3);
    expect(await ids()).toEqual(idsOf([0, 1, 2]));
  });

  test('is no end of a bounded run', async () => {
    const { world, push } = await halfWorld();
    await world.commit();
    const looks: unknown[] = [];
    const ports: DrainPorts = {
      ledger: world.ledger,
      settings: world.settings,
      positionsOf: () => topicPositions({ 0: 2 }),
      mappings: { of: async () => [{ id: 'mapping', state: 'Enabled' }], turn: async () => undefined },
      clock: world.clock,
      wait: async () => {
        await push(1, 2);
        await world.commit();
      },
      onProgress: ({ behind }) => looks.push(behind),
    };
    await drainSources({ sources: ['orders'], timeoutMs: 3_600_000, pollMs: 1, turnOff: false }, ports);
    expect(looks).toEqual([[{ sourcePartition: 'orders/0', next: '1.2', end: '2' }], []]);
    expect(await world.rows('orders')).toHaveLength(6);
  });

  test('which a table of a restored ledger has parts of is refused under another format too', async () => {
    const { world, push, ids } = await openWorld();
    await push(0, 1);
    const backup = structuredClone(world.ledger.items);
    await world.ledger.beginAttempt('orders/0', '1.0');
    await push(1, 2);
    await world.commit();
    const ledger = memoryLedger('ledger-2', backup);
    const { logOf, ids: newId } = world;
    const ports = {
      ledger,
      logOf,
      ids: newId,
      codec: checkpointCodec,
      settings: world.settings,
      tablesInLake: async () => [],
    };
    await restoreLedger(world.nowMs - 600_000, ports);
    Object.assign(world.ledger, ledger);
    world.deploy(asJson);
    await expect(push(1, 2)).rejects.toThrow('expected record 1 to have a part 1.1');
    world.deploy(settings);
    await push(1, 4);
    expect(await ids()).toEqual(idsOf([0, 1, 2, 3]));
  });
});

test('a record that was accepted as a whole is not taken apart when it is delivered again', async () => {
  const { world, push, ids } = await openWorld();
  world.deploy(settings.replace('format: { kind: avro, framing: container }', 'format: json'));
  await push(0, 2);
  world.deploy(settings);
  await push(1, 3);
  expect(await ids()).toEqual(idsOf([2]));
  expect((await world.deadLetters()).map(({ _position }) => _position)).toEqual(['0', '1']);
});
