import { describe, expect, test } from 'vitest';
import { takeOverTable } from '#pipeline/positions/take-over-table.ts';
import { lakeWorld } from '../support/capability.ts';
import { copyTable, handoverPorts, takeOverFolder, topicRecords } from '../support/handover.ts';

/** The table's columns are those of its log; position columns tell where each row of ours came from. */
const settings = `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources: { metrics: { kafka: { cluster: broker, topic: device-metrics, partitions: 4 }, table: metrics } }
tables: { metrics: { latency: 1s } }
`;

const request = {
  tableName: 'metrics',
  source: 'metrics',
  appIds: ['metrics-writer'],
  quietMs: 600_000,
  watchMs: 1_000,
  dryRun: false,
};

describe.skipIf(takeOverFolder === undefined)('a table that the real kafka-delta-ingest wrote', () => {
  test('goes on without a gap: read from offset 0, its topic is in it once', async () => {
    const world = await lakeWorld(settings);
    world.nowMs = Date.UTC(2026, 10, 22);
    const topic = topicRecords(takeOverFolder!);
    await copyTable(`${takeOverFolder}/table`, world.storeOf('metrics'));
    const { claims } = await takeOverTable(request, handoverPorts(world));
    expect(Object.fromEntries(claims.map(({ sourcePartition, start }) => [sourcePartition, start]))).toEqual({
      'metrics/0': '3025',
      'metrics/1': '3024',
      'metrics/2': '2981',
      'metrics/3': '2970',
    });
    for (let first = 0; first < topic.length; first += 5_000) {
      await world.push(
        'metrics',
        topic.slice(first, first + 5_000).map(({ offset, timestamp, ...record }) => ({
          ...record,
          position: offset,
          timestampMs: timestamp,
        })),
      );
    }
    await world.commit();
    const rows = await world.rows('metrics');
    const wanted = topic.map(({ value }) => JSON.parse(value));
    const textOf = ({ timestamp, device_id, metric, value, ok }: Record<string, unknown>) =>
      JSON.stringify([Date.parse(String(timestamp)), device_id, metric, value, ok]);
    expect(rows).toHaveLength(20_000);
    expect(rows.map(textOf).sort()).toEqual(wanted.map(textOf).sort());
    expect(await world.deadLetters()).toEqual([]);
  });
});
