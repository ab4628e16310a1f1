import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { Kafka, logLevel } from 'kafkajs';
import { startKafka } from '../../local/kafka/start-kafka.ts';
import { topicProducer } from '../../local/producers/topic-producer.ts';
import type { Sample } from '../../local/samples/sample.ts';
import { linesOf } from '../columnar/data-sets.ts';
import { topic } from './assembly.ts';

/** Keys spread records over partitions. */
const keys = 997;

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
    let batch: Sample[] = [];
    let bytes = 0;
    const send = async () => {
      if (!file.write(batch.map(({ value }) => `${value}\n`).join(''))) await once(file, 'drain');
      await producer.send(batch);
      batch = [];
      bytes = 0;
    };
    let index = 0;
    for (const value of linesOf('wide', records)) {
      batch.push({ key: `session-${index++ % keys}`, value });
      bytes += value.length;
      if (bytes >= producer.limits.bytes) await send();
    }
    if (batch.length > 0) await send();
  } finally {
    file.end();
    await finished(file);
    await producer.close();
    await broker.close();
  }
}
