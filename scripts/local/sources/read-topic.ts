import { randomUUID } from 'node:crypto';
import kafkajs, { CompressionTypes, type Consumer, type EachBatchPayload, type Kafka } from 'kafkajs';
import { decompress } from '../kafka/compression.ts';
import type { ReadSource } from './source-position.ts';

const maxFetchBytes = 16 * 1024 * 1024;
/** A fetch takes milliseconds here: silence for as long means that something is broken. */
const silenceMs = 60_000;

for (const type of [CompressionTypes.Snappy, CompressionTypes.LZ4, CompressionTypes.ZSTD]) {
  (kafkajs.CompressionCodecs as Record<number, () => unknown>)[type] = () => ({
    compress: () => Promise.reject(new Error(`compression ${type} is only read here`)),
    decompress: async (bytes: Buffer) => decompress(type, bytes),
  });
}

/** Reads a topic from its oldest record to what is its newest when this begins, with a consumer group of its own. */
export const readTopic =
  (kafka: Kafka, topic: string): ReadSource =>
  async (take) => {
    const ends = await endsOf(kafka, topic);
    if (ends.size === 0) return;
    const groupId = `alluvium-audit-${randomUUID()}`;
    const limits = { maxBytes: maxFetchBytes, maxBytesPerPartition: maxFetchBytes, maxWaitTimeInMs: 50 };
    const consumer = kafka.consumer({ groupId, ...limits });
    await consumer.connect();
    try {
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumeTo(ends, consumer, ({ partition, messages }) => {
        take(
          messages.map((message) => ({
            partition: String(partition),
            position: message.offset,
            arrivalMs: Number(message.timestamp),
            key: message.key?.toString(),
            tombstone: message.value === null,
          })),
        );
      });
    } finally {
      await consumer.disconnect();
      await forget(kafka, groupId);
    }
  };

/** The end of each partition that holds records: the offset that its next record will have. */
async function endsOf(kafka: Kafka, topic: string): Promise<Map<number, bigint>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    return new Map(
      offsets
        .filter(({ low, high }) => BigInt(low) < BigInt(high))
        .map(({ partition, high }) => [partition, BigInt(high)]),
    );
  } finally {
    await admin.disconnect();
  }
}

type Batch = EachBatchPayload['batch'];

function consumeTo(ends: Map<number, bigint>, consumer: Consumer, take: (batch: Batch) => void): Promise<void> {
  return new Promise((settle, reject) => {
    const onSilence = () => reject(new Error(`expected records up to ${[...ends]}; none came for ${silenceMs} ms`));
    const silence = setTimeout(onSilence, silenceMs);
    const finish = (end: () => void) => {
      clearTimeout(silence);
      end();
    };
    consumer.on(consumer.events.CRASH, ({ payload }) => finish(() => reject(payload.error)));
    const eachBatch = async ({ batch }: EachBatchPayload): Promise<void> => {
      silence.refresh();
      const end = ends.get(batch.partition);
      if (end === undefined) return;
      const messages = batch.messages.filter(({ offset }) => BigInt(offset) < end);
      take({ ...batch, partition: batch.partition, messages });
      if (BigInt(batch.lastOffset()) + 1n >= end) ends.delete(batch.partition);
      if (ends.size === 0) finish(settle);
    };
    consumer.run({ autoCommit: false, eachBatch }).catch((error: unknown) => finish(() => reject(error)));
  });
}

async function forget(kafka: Kafka, groupId: string): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.deleteGroups([groupId]);
  } finally {
    await admin.disconnect();
  }
}
