import type { Admin, ITopicConfig, Kafka } from 'kafkajs';
import { decodeBatch, type KafkaRecord, readBatchHeader } from '../../../scripts/local/kafka/record-batch.ts';
import { encodeBatch } from './kafka-batch.ts';
import type { KafkaWire } from './kafka-wire.ts';

/** Registers a named case, or its being left out. */
export type Fact = (name: string, run: () => Promise<void>) => void;

export type KafkaProbe = ReturnType<typeof kafkaProbe>;

interface Connected {
  kafka: Kafka;
  admin: Admin;
  wire: KafkaWire;
}

const untilMs = 30_000;

/** Asks until the answer holds, 30 s at most. */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + untilMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${untilMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A batch of text values. */
export const textBatch = (...texts: string[]): Buffer =>
  encodeBatch(texts.map((text) => ({ value: Buffer.from(text) })));

/** Takes apart the batches that a fetch brought; a batch cut off at the end is left out. */
export function splitBatches(bytes: Buffer): Buffer[] {
  const batches: Buffer[] = [];
  for (let at = 0; at + 61 <= bytes.length; ) {
    const length = readBatchHeader(bytes.subarray(at)).bytes;
    if (at + length > bytes.length) break;
    batches.push(bytes.subarray(at, at + length));
    at += length;
  }
  return batches;
}

/**
 * Short ways to ask a Kafka broker.
 * @param connected clients, once there are some
 */
export function kafkaProbe(connected: () => Connected) {
  const prefix = `conformance-${Date.now().toString(36)}`;
  let names = 0;
  function freshName(): string {
    names += 1;
    return `${prefix}-${names}`;
  }

  async function newTopic(numPartitions = 1, extra: Partial<ITopicConfig> = {}): Promise<string> {
    const topic = freshName();
    await connected().admin.createTopics({ topics: [{ topic, numPartitions, ...extra }], waitForLeaders: true });
    return topic;
  }

  /** Every record of a partition, through the protocol. */
  async function readAll(topic: string, partition = 0): Promise<KafkaRecord[]> {
    const records: KafkaRecord[] = [];
    for (let offset = 0; ; ) {
      const { error, highWatermark, batches } = await connected().wire.fetch(topic, partition, offset);
      if (error !== 0) throw new Error(`fetching ${topic}-${partition} at ${offset}: error ${error}`);
      const more = splitBatches(batches).flatMap(decodeBatch);
      records.push(...more.filter((record) => record.offset >= offset));
      offset = (records.at(-1)?.offset ?? -1) + 1;
      if (offset >= highWatermark) return records;
    }
  }

  const readTexts = async (topic: string, partition = 0): Promise<(string | undefined)[]> =>
    (await readAll(topic, partition)).map(({ value }) => value?.toString());

  return { connected, freshName, newTopic, readAll, readTexts };
}
