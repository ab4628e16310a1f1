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
        await admin.setOffsets({ groupId: consumerGroup, topic, partitions });
        const [committed] = await admin.fetchOffsets({ groupId: consumerGroup, topics: [topic] });
        for (const { partition, offset } of partitions) {
          const found = committed?.partitions.find((placed) => placed.partition === partition)?.offset;
          if (found === offset) continue;
          throw new Error(
            `consumer group ${consumerGroup} at ${found ?? 'none'} of partition ${partition}, not ${offset}`,
          );
        }
      });
      return 'placed';
    },
  };
}
