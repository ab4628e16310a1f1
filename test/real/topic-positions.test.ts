import { afterAll, beforeAll, expect, test } from 'vitest';
import { kafkaClient } from '#adapters/kafka/kafka-client.ts';
import { topicPositions } from '#adapters/kafka/topic-positions.ts';
import { type ClusterSettings, clusterSettings } from '#contract/cluster-settings.ts';
import { type SecuredKafka, startSecuredKafka } from './support/kafka.ts';

/* What operators' commands ask of real brokers: where a topic begins and ends, and that its consumer group begins elsewhere. */
let kafka: SecuredKafka;
beforeAll(async () => {
  kafka = await startSecuredKafka();
});
afterAll(() => kafka?.stop());

const arn = (name: string): string => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`;

async function readSecret(asked: string): Promise<string> {
  const { authority, client } = kafka.certificates;
  const secrets: Record<string, object> = {
    [arn('password')]: kafka.credentials,
    [arn('certificate')]: client,
    [arn('authority')]: { certificate: authority },
  };
  return JSON.stringify(secrets[asked]);
}

function clusterOf(kind: string): ClusterSettings {
  const name = kind === 'mtls' ? 'certificate' : 'password';
  const own = {
    kind: 'selfManaged',
    bootstrapServers: [kind === 'none' ? kafka.bootstrap : kind === 'mtls' ? kafka.mtls : kafka.sasl],
  };
  if (kind === 'none') return clusterSettings.parse(own);
  return clusterSettings.parse({
    ...own,
    access: { kind, secretArn: arn(name) },
    rootCaSecretArn: arn('authority'),
  });
}

const brokersOf = (cluster: ClusterSettings): readonly string[] =>
  cluster.kind === 'selfManaged' ? cluster.bootstrapServers : [];

async function connected(kind: string) {
  const cluster = clusterOf(kind);
  return kafkaClient({ cluster, brokers: brokersOf(cluster), region: 'us-east-1', readSecret });
}

const firstMs = Date.UTC(2026, 10, 21, 9);

test.each(['none', 'plain', 'scram256', 'scram512', 'mtls'])(
  'a topic is asked and its group placed by %s',
  async (kind) => {
    const client = await connected(kind);
    const topic = `orders-${kind}`;
    const admin = client.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 2 }] });
    const producer = client.producer();
    await producer.connect();
    const messages = Array.from({ length: 10 }, (_, id) => ({
      value: String(id),
      partition: 0,
      timestamp: String(firstMs + id * 60_000),
    }));
    await producer.send({ topic, messages });
    await producer.disconnect();

    const consumerGroup = `readers-of-${topic}`;
    const positions = topicPositions(client, { topic, consumerGroup });
    expect(await positions.spans()).toEqual([
      { partition: '0', earliest: '0', end: '10' },
      { partition: '1', earliest: '0', end: '0' },
    ]);
    expect(await positions.at('0', firstMs + 150_000)).toBe('3');
    expect(await positions.at('0', firstMs + 3_600_000)).toBe('10');
    expect(await positions.count('0', '3', '10')).toEqual({ records: 7, isLeast: false });
    expect(await positions.place({ 0: '4', 1: '0' })).toBe('placed');
    expect(await positions.place({ 0: '7' })).toBe('placed');
    const [committed] = await admin.fetchOffsets({ groupId: consumerGroup, topics: [topic] });
    const offsets = committed?.partitions.map(({ partition, offset }) => [partition, offset]).sort();
    expect(offsets).toEqual([
      [0, '7'],
      [1, '0'],
    ]);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '6' }] });
    expect((await positions.spans())[0]).toEqual({ partition: '0', earliest: '6', end: '10' });
    await admin.disconnect();
  },
);

test('a group that has members is not placed', async () => {
  const client = await connected('none');
  const consumer = client.consumer({ groupId: 'busy' });
  await consumer.connect();
  await consumer.subscribe({ topic: 'orders-none' });
  const joined = new Promise<void>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, () => resolve());
  });
  await consumer.run({ eachMessage: async () => undefined });
  await joined;
  const positions = topicPositions(client, { topic: 'orders-none', consumerGroup: 'busy' });
  await expect(positions.place({ 0: '4' })).rejects.toThrow(
    'consumer group busy with 1 members: something reads the topic',
  );
  await consumer.disconnect();
});

test('brokers that are not there are told as that', async () => {
  const cluster = clusterSettings.parse({ kind: 'selfManaged', bootstrapServers: ['127.0.0.1:1'] });
  const client = await kafkaClient({ cluster, brokers: brokersOf(cluster), region: 'us-east-1', readSecret });
  const positions = topicPositions(client, { topic: 'orders', consumerGroup: 'orders' });
  await expect(positions.spans()).rejects.toThrow('topic orders: expected its brokers to answer, got');
});
