import type { Admin, Kafka } from 'kafkajs';
import { sequenceOf } from '#pipeline/ledger/position.ts';
import type { SourcePositions } from '#pipeline/positions/source-positions.ts';

export interface TopicParts {
  topic: string;
  /** Of the topic's event source mapping. */
  consumerGroup: string;
}

/** Where a topic's records are, and where its mapping's consumer group is to begin, as its brokers say. */
export function topicPositions(kafka: Kafka, { topic, consumerGroup }: TopicParts): SourcePositions {
  const ask = async <Answer>(question: (admin: Admin) => Promise<Answer>): Promise<Answer> => {
    const admin = kafka.admin();
    try {
      await admin.connect();
      return await question(admin);
    } catch (cause) {
      const { message } = cause as Error;
      throw new Error(`topic ${topic}: expected its brokers to answer, got ${message}`, { cause });
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  };
  return {
    async spans() {
      const partitions = await ask((admin) => admin.fetchTopicOffsets(topic));
      return partitions
        .map(({ partition, low, high }) => ({ partition: String(partition), earliest: low, end: high }))
        .sort((left, right) => Number(left.partition) - Number(right.partition));
    },
    async at(partition, timeMs) {
      const found = await ask((admin) => admin.fetchTopicOffsetsByTimestamp(topic, timeMs));
      return found.find((offset) => String(offset.partition) === partition)?.offset;
    },
    /** Offsets count records; where a topic is compacted or written in transactions, there are fewer. */
    async count(_, from, to) {
      return { records: Number(BigInt(sequenceOf(to)) - BigInt(sequenceOf(from))), isLeast: false };
    },
    async place(positions) {
      const partitions = Object.entries(positions).map(([partition, position]) => ({
        partition: Number(partition),
        offset: sequenceOf(position),
      }));
      if (partitions.length === 0) return 'placed';
      await ask(async (admin) => {
        await placeGroup(kafka, admin, { groupId: consumerGroup, topic, partitions });
      });
      return 'placed';
    },
  };
}

interface Placed {
  groupId: string;
  topic: string;
  partitions: { partition: number; offset: string }[];
}

/** Commits offsets as the group's only member: brokers take them from nobody else while it has members. */
async function placeGroup(kafka: Kafka, admin: Admin, { groupId, topic, partitions }: Placed): Promise<void> {
  const { groups } = await admin.describeGroups([groupId]);
  const members = groups[0]?.members.length ?? 0;
  if (members > 0) throw new Error(`consumer group ${groupId} with ${members} members: something reads the topic`);
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic });
    const joined = new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.GROUP_JOIN, () => resolve());
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    });
    await consumer.run({ autoCommit: false, eachBatch: async () => undefined });
    consumer.pause([{ topic }]);
    await joined;
    await consumer.commitOffsets(partitions.map((placed) => ({ topic, ...placed })));
  } finally {
    await consumer.disconnect();
  }
  const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
  for (const { partition, offset } of partitions) {
    const found = committed?.partitions.find((placed) => placed.partition === partition)?.offset;
    if (found === offset) continue;
    throw new Error(`consumer group ${groupId} at ${found ?? 'none'} of partition ${partition}, not ${offset}`);
  }
}
