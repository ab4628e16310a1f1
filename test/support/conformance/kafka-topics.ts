import { ConfigResourceTypes } from 'kafkajs';
import { describe, expect } from 'vitest';
import { type Fact, type KafkaProbe, textBatch, until } from './kafka-probe.ts';

/** APIs that clients need, with a version that this suite or a usual client speaks. */
const needed: [name: string, key: number, version: number][] = [
  ['Produce', 0, 7],
  ['Fetch', 1, 11],
  ['ListOffsets', 2, 5],
  ['Metadata', 3, 8],
  ['OffsetCommit', 8, 7],
  ['OffsetFetch', 9, 5],
  ['FindCoordinator', 10, 2],
  ['JoinGroup', 11, 5],
  ['Heartbeat', 12, 3],
  ['LeaveGroup', 13, 3],
  ['SyncGroup', 14, 3],
  ['DescribeGroups', 15, 4],
  ['ListGroups', 16, 2],
  ['ApiVersions', 18, 3],
  ['CreateTopics', 19, 4],
  ['DeleteTopics', 20, 3],
  ['InitProducerId', 22, 1],
  ['DescribeConfigs', 32, 3],
  ['CreatePartitions', 37, 1],
  ['DeleteGroups', 42, 1],
];

/** Versions, topics, partitions, settings. */
export function topicFacts({ connected, freshName, newTopic, readTexts }: KafkaProbe, fact: Fact): void {
  describe('versions and topics', () => {
    fact('every API that clients need is offered in the versions they speak', async () => {
      const offered = await connected().wire.apiVersions();
      const missing = needed.filter(([, key, version]) => {
        const [least, greatest] = offered.get(key) ?? [1, 0];
        return version < least || version > greatest;
      });
      expect(missing).toEqual([]);
    });

    fact('a version of ApiVersions that the broker does not know is answered as version 0 with error 35', async () => {
      const answer = await connected().wire.request(18, 99, (header) => header.int8(0));
      expect(answer.int16()).toBe(35);
      const offered = answer.array(() => ({ key: answer.int16(), least: answer.int16(), greatest: answer.int16() }));
      expect(offered.find(({ key }) => key === 18)).toMatchObject({ least: 0 });
    });

    fact('a topic has the partitions asked for, each with a leader', async () => {
      const topic = await newTopic(3);
      const { topics } = await connected().admin.fetchTopicMetadata({ topics: [topic] });
      expect(topics[0]!.partitions.map(({ partitionId }) => partitionId).sort()).toEqual([0, 1, 2]);
      for (const { leader, isr } of topics[0]!.partitions) expect(isr).toContain(leader);
      expect(await connected().admin.listTopics()).toContain(topic);
    });

    fact(
      'topics are refused: a name taken (36), odd (17), no partitions (37), more replicas than brokers (38)',
      async () => {
        const topic = await newTopic();
        const { wire } = connected();
        expect(await wire.createTopic(topic, 1, 1)).toBe(36);
        expect(await wire.createTopic('no/slash', 1, 1)).toBe(17);
        expect(await wire.createTopic('..', 1, 1)).toBe(17);
        expect(await wire.createTopic(freshName(), 0, 1)).toBe(37);
        expect(await wire.createTopic(freshName(), 1, 2)).toBe(38);
        expect(await wire.createTopic(freshName(), 1, 1, [['max.message.bytes', 'many']])).toBe(40);
      },
    );

    fact('an unknown topic is error 3, when not created on demand', async () => {
      const topic = freshName();
      const { wire } = connected();
      expect(await wire.topicError(topic)).toBe(3);
      expect((await wire.produce(topic, 0, textBatch('x'))).error).toBe(3);
      expect((await wire.fetch(topic, 0, 0)).error).toBe(3);
      expect((await wire.listOffset(topic, 0, -1)).error).toBe(3);
    });

    fact('partitions are added and never taken away', async () => {
      const topic = await newTopic(2);
      const { admin, wire } = connected();
      await wire.produce(topic, 1, textBatch('kept'));
      await admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] });
      await until('four partitions', async () => (await admin.fetchTopicOffsets(topic).catch(() => [])).length === 4);
      expect(await readTexts(topic, 1)).toEqual(['kept']);
      await expect(admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })).rejects.toMatchObject({
        type: 'INVALID_PARTITIONS',
      });
    });

    fact('a topic deleted and made again is empty and counts from 0', async () => {
      const topic = await newTopic();
      const { admin, wire } = connected();
      await wire.produce(topic, 0, textBatch('old', 'older'));
      await admin.deleteTopics({ topics: [topic] });
      await until('the topic gone', async () => (await wire.topicError(topic)) === 3);
      await until('the topic made again', async () => (await wire.createTopic(topic, 1, 1)) === 0);
      await until('the topic there', async () => (await wire.topicError(topic)) === 0);
      expect(await wire.produce(topic, 0, textBatch('new'))).toEqual({ error: 0, baseOffset: 0 });
      expect(await readTexts(topic)).toEqual(['new']);
    });

    fact('settings given at creation are told again', async () => {
      const configEntries = [{ name: 'max.message.bytes', value: '4000' }];
      const topic = await newTopic(1, { configEntries });
      const { resources } = await connected().admin.describeConfigs({
        includeSynonyms: false,
        resources: [
          { type: ConfigResourceTypes.TOPIC, name: topic, configNames: ['max.message.bytes', 'retention.ms'] },
        ],
      });
      const told = resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]);
      expect(Object.fromEntries(told)).toEqual({ 'max.message.bytes': '4000', 'retention.ms': '604800000' });
    });
  });
}
