/**
 * Child process: sends wide records to the topic at a steady pace and prints how many a second it was. Arguments: the broker, records a
 * second, seconds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { topicProducer } from '../../local/producers/topic-producer.ts';
import { linesOf } from '../columnar/data-sets.ts';
import { topic } from '../pipeline/assembly.ts';

const [broker, perSecond, seconds] = process.argv.slice(2) as [string, string, string];
const sendsPerSecond = 20;
const keys = 997;

const records = Number(perSecond) * Number(seconds);
const samples = [...linesOf('wide', records)].map((value, index) => ({ key: `session-${index % keys}`, value }));
const client = new Kafka({ clientId: 'bench', brokers: [broker], logLevel: logLevel.NOTHING });
const producer = await topicProducer(client, topic.name);
const perSend = Math.ceil(Number(perSecond) / sendsPerSecond);
const startedMs = performance.now();
for (let sent = 0; sent < records; sent += perSend) {
  const dueMs = startedMs + (sent / Number(perSecond)) * 1000;
  await sleep(Math.max(0, dueMs - performance.now()));
  await producer.send(samples.slice(sent, sent + perSend));
}
const tookS = (performance.now() - startedMs) / 1000;
await producer.close();
console.log(JSON.stringify({ records, perSecond: records / tookS }));
