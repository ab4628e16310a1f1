import { beforeEach, expect, test } from 'vitest';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { loadLogState } from '#delta/log-state.ts';
import { restoreLedger } from '#pipeline/ledger/restore-ledger.ts';
import { type AdoptRequest, adoptTable } from '#pipeline/positions/adopt-table.ts';
import type { SourcePositions } from '#pipeline/positions/source-positions.ts';
import { type TakeOverRequest, takeOverTable } from '#pipeline/positions/take-over-table.ts';
import { type LakeWorld, lakeWorld } from '../../../support/capability.ts';
import { handoverPorts, topicPositions } from '../../../support/handover.ts';
import { KafkaDeltaIngest } from '../../../support/kafka-delta-ingest.ts';
import { memoryLedger } from '../../../support/memory-ledger.ts';

const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources:
  orders: { kafka: { cluster: broker, topic: orders, partitions: 2 }, table: orders }
  clicks: { kinesis: { shards: 1 }, table: clicks }
tables: { orders: {}, clicks: {} }
`;

const request: AdoptRequest = {
  tableName: 'orders',
  source: 'orders',
  begins: { 0: '3', 1: '0' },
  quietMs: 600_000,
  watchMs: 10_000,
  dryRun: false,
};

const row = (partition: number, offset: number) => ({ partition, offset, id: `${partition}/${offset}` });
const old = [row(0, 0), row(0, 1), row(0, 2)];
const topic = [...old, row(0, 3), row(0, 4), row(1, 0), row(1, 1)];
const pushed = topic.map((value) => ({ ...value, position: value.offset, value }));

let world: LakeWorld;
let writer: KafkaDeltaIngest;
beforeEach(async () => {
  world = await lakeWorld(settings);
  writer = new KafkaDeltaIngest(world.storeOf('orders'), { appId: 'loop', nowMs: world.clock });
  await writer.createTable();
  await writer.write(old);
  world.nowMs += 3_600_000;
});

const ids = async () => (await world.rows('orders')).map(({ id }) => id).sort();
const allIds = topic.map(({ id }) => id).sort();
const version = async () => (await loadLogState(world.storeOf('orders'), checkpointCodec))?.version;

test('an adopted table goes on from the positions that were given', async () => {
  expect(await adoptTable(request, handoverPorts(world))).toMatchObject({
    kind: 'handedOver',
    version: 2,
    claims: [
      { sourcePartition: 'orders/0', floor: '2', start: '3' },
      { sourcePartition: 'orders/1', start: '0' },
    ],
  });
  await world.push('orders', pushed);
  await world.commit();
  expect(await ids()).toEqual(allIds);
});

test('again changes nothing, whatever positions are given', async () => {
  await adoptTable(request, handoverPorts(world));
  await world.push('orders', pushed);
  await world.commit();
  const before = await version();
  expect(await adoptTable({ ...request, begins: { 0: '1' } }, handoverPorts(world))).toMatchObject({ kind: 'already' });
  expect(await version()).toBe(before);
});

test('a commit of the old writer before the seal: it tells no position, so that nothing is sealed', async () => {
  const ports = handoverPorts(world);
  const logOf: typeof ports.logOf = (name) => {
    const log = ports.logOf(name);
    const commit: typeof log.logStore.commit = async (...args) => {
      await writer.write([row(0, 3)]);
      return log.logStore.commit(...args);
    };
    return { ...log, logStore: { ...log.logStore, commit } };
  };
  await expect(adoptTable(request, { ...ports, logOf })).rejects.toThrow(
    'expected nobody to commit meanwhile, found a commit after version 1; stop its writer and run this again',
  );
  expect(await version()).toBe(2);
});

test('a shard is adopted by a sequence number', async () => {
  const stream = new KafkaDeltaIngest(world.storeOf('clicks'), { appId: 'flink', nowMs: world.clock });
  await stream.createTable();
  world.nowMs += 3_600_000;
  const begins = { 'shardId-000000000000': '49590338271490256608559692538361571095921575989136588898' };
  const { claims } = await adoptTable(
    { ...request, tableName: 'clicks', source: 'clicks', begins },
    handoverPorts(world),
  );
  expect(claims).toEqual([
    {
      sourcePartition: 'clicks/shardId-000000000000',
      floor: '49590338271490256608559692538361571095921575989136588897',
      start: '49590338271490256608559692538361571095921575989136588898',
    },
  ]);
});

test('a source that feeds other tables too begins at its oldest record, with a floor for this table', async () => {
  world.deploy(
    settings.replace(
      'table: orders }',
      `route: { table: "{kind}", by: { kind: "kind || 'orders'" }, maxNewTables: 5 } }`,
    ),
  );
  const { claims } = await adoptTable(request, handoverPorts(world));
  expect(claims).toEqual([{ sourcePartition: 'orders/0', floor: '2' }, { sourcePartition: 'orders/1' }]);
  const clicks = [{ value: { kind: 'clicks', id: 'c' }, partition: 0, position: 1 }];
  await world.push('orders', [...pushed.slice(0, 1), ...clicks, ...pushed.slice(2)]);
  await world.commit();
  expect(await ids()).toEqual(allIds);
  expect(await world.rows('clicks')).toEqual([expect.objectContaining({ id: 'c' })]);
});

test('what such a table has is no dead letter, however its record reads here', async () => {
  world.deploy(
    settings.replace(
      'table: orders }',
      `route: { table: "{kind}", by: { kind: "kind || 'orders'" }, maxNewTables: 5 } }`,
    ),
  );
  await adoptTable(request, handoverPorts(world));
  const unfit = (offset: number) => ({ value: { ...row(0, offset), offset: 'none' }, partition: 0, position: offset });
  await world.push('orders', [...pushed.slice(0, 1), unfit(1), ...pushed.slice(2, 4), unfit(4)]);
  await world.commit();
  expect((await world.deadLetters()).map(({ _position }) => _position)).toEqual(['4']);
});

const takeOver: TakeOverRequest = { ...request, begins: {}, appIds: ['loop'] };

test.each([
  ['adopted', () => adoptTable(request, handoverPorts(world))],
  ['taken over', () => takeOverTable(takeOver, handoverPorts(world))],
])('a ledger restored to before a table was %s knows its floors again', async (_, handOver) => {
  const backup = structuredClone(world.ledger.items);
  const restoredToMs = world.nowMs;
  await handOver();
  await world.push('orders', pushed.slice(0, 5));
  await world.commit();
  const restored = memoryLedger('ledger-2', backup);
  await restoreLedger(restoredToMs, { ...handoverPorts(world), ledger: restored, tablesInLake: async () => [] });
  const { tableId } = (await restored.tableNamed('orders'))!;
  expect(await restored.readCursor('orders/0')).toMatchObject({
    start: '3',
    floors: { [tableId]: '2' },
    taken: { [tableId]: [{ from: '3', to: '4' }] },
  });
  Object.assign(world.ledger.items, { ledgerId: 'ledger-2' });
  for (const part of ['cursors', 'manifests', 'tables', 'backlogs', 'leases'] as const) {
    const [known, now] = [world.ledger.items[part], restored.items[part]] as [
      Map<string, unknown>,
      Map<string, unknown>,
    ];
    known.clear();
    for (const [key, item] of now) known.set(key, item);
  }
  world.deploy(settings);
  await world.push('orders', pushed);
  await world.commit();
  expect(await ids()).toEqual(allIds);
});

test('a consumer group that another reader has left begins where the tables need it: at the oldest record that none of them has', async () => {
  const placed: Record<string, string>[] = [];
  const positions: SourcePositions = {
    ...topicPositions({ 0: 5, 1: 2 }),
    place: async (places) => {
      placed.push(places);
      return 'placed';
    },
  };
  world.deploy(settings.replace('table: orders }', `route: { table: "{kind}", by: { kind: "kind || 'orders'" } } }`));
  await adoptTable({ ...request, begins: { 0: '3', 1: '1' } }, { ...handoverPorts(world), positions });
  expect(placed).toEqual([{ 0: '0', 1: '0' }]);
});

test('a source that is read whole is, wherever its group was', async () => {
  const placed: Record<string, string>[] = [];
  const place = async (places: Record<string, string>) => {
    placed.push(places);
    return 'placed' as const;
  };
  const positions: SourcePositions = { ...topicPositions({ 0: 5, 1: 2 }), place };
  await adoptTable({ ...request, begins: {} }, { ...handoverPorts(world), positions });
  await adoptTable({ ...request, begins: {} }, { ...handoverPorts(world), positions });
  expect(placed).toEqual([{ 0: '0', 1: '0' }]);
});

test('partitions that there are not, and such of which nothing is said, are refused', async () => {
  const positions = topicPositions({ 0: 5, 1: 2, 2: 0 });
  const adopt = (begins: AdoptRequest['begins']) =>
    adoptTable({ ...request, begins, dryRun: true }, { ...handoverPorts(world), positions });
  expect((await adopt({ 0: '3', 1: '0' })).blockers).toEqual([]);
  expect((await adopt({})).blockers).toEqual([]);
  expect((await adopt({ 0: '3', 7: '1' })).blockers).toEqual([
    'source orders: expected a partition among 0, 1, 2; got 7',
    'source partition orders/1: expected to be told where it begins, since it has 0 up to 2, that one not included; got nothing: say 0 where the table has none of it',
  ]);
});
