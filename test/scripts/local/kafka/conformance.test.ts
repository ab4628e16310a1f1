import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type KafkaServer, startKafka } from '../../../../scripts/local/kafka/start-kafka.ts';
import { kafkaConformance } from '../../../support/conformance/kafka.ts';

const root = mkdtempSync(join(tmpdir(), 'alluvium-kafka-'));
let server: KafkaServer | undefined;

kafkaConformance('the local Kafka', async () => {
  server = await startKafka({ port: 0, root });
  return server.bootstrap;
});

afterAll(async () => {
  await server?.close();
  rmSync(root, { recursive: true, force: true });
});
