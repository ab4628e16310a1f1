import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { topicReader } from '../../scripts/local/host/readers.ts';
import { type KafkaServer, startKafka } from '../../scripts/local/kafka/start-kafka.ts';
import { KafkaMapping } from '../../scripts/local/mappings/kafka-mapping.ts';
import type { StartingPosition } from '../../scripts/local/mappings/mapping-spec.ts';
import { lakeWorld } from '../support/capability.ts';
import { pushedRecords } from '../support/capability-evidence.ts';

const settings = (startingPosition: string) => `
clusters: { broker: { kind: selfManaged, bootstrapServers: ["127.0.0.1:9092"] } }
sources: { orders: { kafka: { cluster: broker, topic: orders }, table: orders, startingPosition: ${startingPosition} } }
tables: { orders: {} }
`;

const firstMs = Date.UTC(2026, 10, 21, 9);

let folder: string;
let broker: KafkaServer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'alluvium-starting-'));
  broker = await startKafka({ port: 0, root: join(folder, 'kafka') });
  broker.ensureTopic('orders', 1);
});
afterEach(async () => {
  await broker.close();
  rmSync(folder, { recursive: true });
});

/** Records 0 to 5, a minute apart. */
async function produce(from: number, to: number): Promise<void> {
  const producer = new Kafka({ brokers: [broker.bootstrap], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  const ids = Array.from({ length: to - from }, (_, index) => from + index);
  const messages = ids.map((id) => ({ value: JSON.stringify({ id }), timestamp: String(firstMs + id * 60_000) }));
  await producer.send({ topic: 'orders', messages });
  await producer.disconnect();
  pushedRecords(messages.length);
}

test.each<[string, StartingPosition, number[]]>([
  ['TRIM_HORIZON', { type: 'TRIM_HORIZON' }, [0, 1, 2, 3, 4, 5]],
  ['LATEST', { type: 'LATEST' }, [4, 5]],
  ['{ timestamp: "2026-11-21T10:02:00+01:00" }', { type: 'AT_TIMESTAMP', timeMs: firstMs + 2 * 60_000 }, [2, 3, 4, 5]],
])('K10 startingPosition %s: where a source is first read', async (written, startingPosition, wanted) => {
  const world = await lakeWorld(settings(written));
  await produce(0, 4);
  const mapping = new KafkaMapping(
    {
      kind: 'kafka',
      id: 'orders',
      functionName: 'ingest-orders',
      enabled: true,
      topic: 'orders',
      consumerGroup: 'orders',
      eventSource: 'SelfManagedKafka',
      pollers: 1,
      batchSize: 100,
      windowMs: 0,
      startingPosition,
      rules: { maxRetryAttempts: -1, maxRecordAgeMs: -1, bisectOnError: false, reportItemFailures: true },
    },
    topicReader(broker),
    {
      region: 'us-east-1',
      positionsFolder: folder,
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:ingest-orders',
      invoke: async (payload) => {
        await world.deliver('orders', payload);
        return { kind: 'succeeded', payload: 'null' };
      },
      putObject: async () => undefined,
      log: () => undefined,
    },
  );
  await produce(4, 6);
  await vi.waitFor(() => expect(mapping.report().lag).toBe(0), { timeout: 10_000 });
  await mapping.stop();
  await world.commit();
  expect((await world.rows('orders')).map(({ id }) => id)).toEqual(wanted);
});
