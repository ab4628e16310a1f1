import avsc from 'avsc';
import { expect, test } from 'vitest';
import { planSeek, type SeekPorts, seekSource } from '#pipeline/positions/seek-source.ts';
import { lakeWorld } from '../../../support/capability.ts';
import { topicPositions } from '../../../support/handover.ts';

const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources:
  orders: { kafka: { cluster: broker, topic: orders, partitions: 1 }, table: orders, format: { kind: avro, framing: container } }
tables: { orders: { positionColumns: true } }
`;

const schema = avsc.Type.forSchema({ type: 'record', name: 'Order', fields: [{ name: 'id', type: 'long' }] });

/** A container file of three records. */
async function file(offset: number): Promise<Buffer> {
  const encoder = new avsc.streams.BlockEncoder(schema);
  for (const part of [0, 1, 2]) encoder.write({ id: 10 * offset + part });
  encoder.end();
  return Buffer.concat(await Array.fromAsync(encoder as AsyncIterable<Buffer>));
}

async function openWorld() {
  const world = await lakeWorld(settings);
  const values = await Promise.all([0, 1, 2, 3].map(file));
  const push = (from: number, to: number) =>
    world.push(
      'orders',
      values.slice(from, to).map((value, index) => ({ value, partition: 0, position: from + index })),
    );
  const ids = async () => {
    await world.commit();
    return (await world.rows('orders')).map(({ id }) => Number(id)).sort((a, b) => a - b);
  };
  return { world, push, ids };
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
  const ports: SeekPorts = {
    ledger: world.ledger,
    settings: world.settings,
    positions: topicPositions({ 0: 4 }),
    mappings: { of: async () => [], turn: async () => undefined },
  };
  const seek = async (position: string, repeat: readonly string[]) => {
    const request = { source: 'orders', to: { kind: 'position', position } as const, repeat, recreated: false };
    await seekSource(request, await planSeek(request, ports), ports);
  };
  await push(0, 3);
  await seek('2', ['orders']);
  await push(2, 3);
  await seek('0', []);
  await push(0, 4);
  expect(await ids()).toEqual([...idsOf([0, 1, 2, 3]), ...idsOf([2])].sort((a, b) => a - b));
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
