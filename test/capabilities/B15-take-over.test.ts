import { expect, test } from 'vitest';
import { adoptTable } from '#pipeline/positions/adopt-table.ts';
import { takeOverTable } from '#pipeline/positions/take-over-table.ts';
import { lakeWorld } from '../support/capability.ts';
import { handoverPorts } from '../support/handover.ts';
import { KafkaDeltaIngest } from '../support/kafka-delta-ingest.ts';

const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources:
  orders: { kafka: { cluster: broker, topic: orders, partitions: 2 }, table: orders }
  events: { kafka: { cluster: broker, topic: events }, table: events }
tables: { orders: {}, events: {} }
`;

const quiet = { quietMs: 600_000, watchMs: 10_000, dryRun: false };
const record = (offset: number) => ({ partition: 0, offset, id: `record-${offset}` });
const pushed = (offset: number) => ({ value: record(offset), position: offset });
const offsets = (to: number) => Array.from({ length: to }, (_, offset) => offset);

test('B15 take-over of a live table, and adoption of one whose writer kept no offsets, lose and double nothing', async () => {
  const world = await lakeWorld(settings);
  for (const table of ['orders', 'events']) {
    const old = new KafkaDeltaIngest(world.storeOf(table), { appId: 'old', nowMs: world.clock });
    await old.createTable();
    await old.write(offsets(10).map(record));
  }
  world.nowMs += 3_600_000;
  const ports = handoverPorts(world);
  await takeOverTable({ ...quiet, tableName: 'orders', source: 'orders', appIds: ['old'] }, ports);
  await adoptTable({ ...quiet, tableName: 'events', source: 'events', begins: { 0: '10' } }, ports);

  for (const table of ['orders', 'events']) await world.push(table, offsets(30).map(pushed));
  await world.commit();
  for (const table of ['orders', 'events']) {
    const found = (await world.rows(table)).map(({ offset }) => offset as number).sort((a, b) => a - b);
    expect(found).toEqual(offsets(30));
  }
});
