import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { parse, stringify } from 'yaml';
import { dlq } from '../../scripts/cli/dlq.ts';
import { localStackVariables } from '../../scripts/cli/local-stack.ts';
import { type Audit, audit } from '../../scripts/local/audit/audit.ts';
import { writeEndpoints } from '../../scripts/local/endpoints.ts';
import type { LocalAws } from '../../scripts/local/local-aws.ts';
import { openFeeds } from '../../scripts/local/producers/feed.ts';
import { startLocalAws } from '../../scripts/local/start-local-aws.ts';
import { synthesise } from '../../scripts/local/templates/synthesise.ts';

const anyPorts = { s3: 0, dynamodb: 0, kinesis: 0, kafka: 0, sqs: 0, control: 0 };
const localSettings = join(import.meta.dirname, '../../config/local.yaml');
const source = 'analytics';
const recordsAtOnce = 2_000;

/** Of ten records one wraps a value, which is refused until a transform unwraps it; of a hundred one is no JSON. */
const payloadOf = (id: number): string => {
  const isRefused = id % 10 === 3;
  if (id % 100 === 53) return `{"id":${id}`;
  const value = isRefused ? { amount: id / 2 } : id / 2;
  return JSON.stringify({
    timestamp: '2026-11-21T10:00:00Z',
    event_type: 'sold',
    user_id: `user-${id}`,
    interaction_value: value,
  });
};

/** A stack on this machine whose sources send what is refused, and an operator who mends the settings and redrives. */
export interface RedrivenStack {
  aws: LocalAws;
  /** Sends so many records, of which a tenth is refused. */
  push(records: number): Promise<void>;
  /** The command line, with settings that take what was refused but for what is no JSON. */
  dlq(...args: string[]): Promise<string>;
  audited(): Promise<Audit>;
  close(): Promise<void>;
}

export async function startRedrivenStack(): Promise<RedrivenStack> {
  const folder = await mkdtemp(join(tmpdir(), 'redrive-'));
  const assemblyFolder = join(folder, 'cdk.out');
  await synthesise('local', assemblyFolder, {});
  const aws = await startLocalAws({ environment: 'local', dataFolder: folder, assemblyFolder, ports: anyPorts });
  const root = join(folder, 'operator');
  await mkdir(join(root, 'config'), { recursive: true });
  await mkdir(join(root, '.local'), { recursive: true });
  const settings = parse(await readFile(localSettings, 'utf8'));
  settings.sources[source].transforms = { interaction_value: 'interaction_value.amount || interaction_value' };
  await writeFile(join(root, 'config/local.yaml'), stringify(settings));
  await writeEndpoints(join(root, '.local'), aws.endpoints);
  Object.assign(process.env, localStackVariables(root, {}));
  const kafka = new kafkajs.Kafka({ brokers: [aws.endpoints.kafka], logLevel: kafkajs.logLevel.NOTHING });
  return {
    aws,
    async push(records) {
      const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
      await producer.connect();
      for (let first = 0; first < records; first += recordsAtOnce) {
        const count = Math.min(recordsAtOnce, records - first);
        const messages = Array.from({ length: count }, (_, index) => ({
          key: `key-${first + index}`,
          value: payloadOf(first + index),
        }));
        await producer.send({ topic: 'analytics-events', messages });
      }
      await producer.disconnect();
    },
    async dlq(...args) {
      const printed = await dlq.run([...args, '--env', 'local'], root);
      return typeof printed === 'string' ? printed : (await Array.fromAsync(printed)).join('\n');
    },
    async audited() {
      const { feeds, close } = openFeeds(aws.endpoints);
      try {
        const tablesFolder = join(folder, 'lake', aws.endpoints.lakeBucket as string, 'tables');
        return await audit(feeds, { tablesFolder, spillFolder: join(folder, 'audit'), sinceMs: 0 });
      } finally {
        close();
      }
    },
    async close() {
      await aws.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
