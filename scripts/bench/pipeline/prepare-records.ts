import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { Kafka, logLevel } from 'kafkajs';
import { startKafka } from '../../local/kafka/start-kafka.ts';
import { topicProducer } from '../../local/producers/topic-producer.ts';
import { analyticsEvent } from '../../local/samples/analytics-events.ts';
import type { Sample } from '../../local/samples/sample.ts';
import { topic } from './assembly.ts';

const seed = 1;

/** The same records in the topic of a broker over `dataFolder`, which is closed again, and as JSON lines. */
export async function prepareRecords(
  records: number,
  { dataFolder, lines }: { dataFolder: string; lines: string },
): Promise<void> {
  const root = join(dataFolder, 'kafka');
  await mkdir(root, { recursive: true });
  const broker = await startKafka({ port: 0, root });
  broker.ensureTopic(topic.name, topic.partitions);
  const client = new Kafka({ clientId: 'bench', brokers: [broker.bootstrap], logLevel: logLevel.NOTHING });
  const producer = await topicProducer(client, topic.name);
  const file = createWriteStream(lines);
  try {
    for (let index = 0; index < records; ) {
      const batch: Sample[] = [];
      for (let bytes = 0; index < records && bytes < producer.limits.bytes; index++) {
        const value = analyticsEvent(seed, index);
        batch.push({ key: `session-${index % 997}`, value });
        bytes += value.length;
      }
      if (!file.write(batch.map(({ value }) => `${value}\n`).join(''))) await once(file, 'drain');
      await producer.send(batch);
    }
  } finally {
    file.end();
    await finished(file);
    await producer.close();
    await broker.close();
  }
}
