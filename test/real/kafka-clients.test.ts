import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KafkaServer, startKafka } from '../../scripts/local/kafka/start-kafka.ts';
import { installKafka, kafkaTool } from './support/kafka.ts';

const root = mkdtempSync(join(tmpdir(), 'alluvium-kafka-'));
const producer = 'org.apache.kafka.tools.ConsoleProducer';
const consumer = 'org.apache.kafka.tools.consumer.ConsoleConsumer';
const topics = 'org.apache.kafka.tools.TopicCommand';
const groups = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand';

describe('Kafka’s own Java clients and the local broker', () => {
  let server: KafkaServer;
  let at: string[];
  beforeAll(async () => {
    await installKafka();
    server = await startKafka({ port: 0, root });
    at = ['--bootstrap-server', server.bootstrap];
  });
  afterAll(async () => {
    await server?.close();
    rmSync(root, { recursive: true, force: true });
  });

  const lines = Array.from({ length: 500 }, (_, i) => `line ${i} ${'x'.repeat(i % 50)}`);

  it('topics are created and described', async () => {
    await kafkaTool(topics, [...at, '--create', '--topic', 'java', '--partitions', '3']);
    const described = await kafkaTool(topics, [...at, '--describe', '--topic', 'java']);
    expect(described).toMatch(/PartitionCount: 3/);
    expect(server.offsets('java')).toHaveLength(3);
  });

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])(
    'an idempotent producer sends, a consumer reads: %s',
    async (codec) => {
      const topic = `java-${codec}`;
      server.ensureTopic(topic, 1);
      const settings = ['--compression-codec', codec, '--command-property', 'enable.idempotence=true'];
      await kafkaTool(producer, [...at, '--topic', topic, ...settings], `${lines.join('\n')}\n`);
      const read = [
        '--topic',
        topic,
        '--from-beginning',
        '--max-messages',
        String(lines.length),
        '--timeout-ms',
        '30000',
      ];
      const printed = await kafkaTool(consumer, [...at, ...read, '--group', `group-${codec}`]);
      expect(printed.trim().split('\n')).toEqual(lines);
      const records = [];
      while (records.length < lines.length) records.push(...server.readBatch(topic, 0, records.length, 1 << 20));
      expect(records.map(({ value }) => value?.toString())).toEqual(lines);
      expect(server.committedOffset(`group-${codec}`, topic, 0)).toBe(lines.length);
    },
  );

  it('groups are described with their lag', async () => {
    const described = await kafkaTool(groups, [...at, '--describe', '--group', 'group-none']);
    const row = described.split('\n').find((line) => line.includes('java-none'));
    expect(row?.split(/\s+/).slice(1, 6)).toEqual(['java-none', '0', '500', '500', '0']);
  });
});
