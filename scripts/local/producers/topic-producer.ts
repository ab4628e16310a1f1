import { type Kafka, Partitioners } from 'kafkajs';
import type { Producer } from './producer.ts';

/** Sends samples to a topic, each under its key: idempotent, so that the client's own retries add nothing. */
export async function topicProducer(kafka: Kafka, topic: string): Promise<Producer> {
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  return {
    // A partition's share of a send is one batch, and brokers take 1 MiB as they come.
    limits: { records: 4_000, bytes: 768 * 1024 },
    async send(samples) {
      await producer.send({ topic, messages: samples.map(({ key, value }) => ({ key, value })) });
    },
    close: () => producer.disconnect(),
  };
}
