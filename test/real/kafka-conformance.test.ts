import { afterAll } from 'vitest';
import { kafkaConformance } from '../support/conformance/kafka.ts';
import { type RealKafka, startRealKafka } from './support/kafka.ts';

let kafka: RealKafka | undefined;

kafkaConformance('Apache Kafka 4.3.1', async () => {
  kafka = await startRealKafka();
  return kafka.bootstrap;
});

afterAll(async () => {
  await kafka?.stop();
});
