import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { audit } from '../../scripts/local/audit/audit.ts';
import { localCredentials } from '../../scripts/local/host/clients.ts';
import type { LocalAws } from '../../scripts/local/local-aws.ts';
import { openFeeds } from '../../scripts/local/producers/feed.ts';
import { readPipelineState } from '../../scripts/local/progress/pipeline-state.ts';
import { SeededRandom } from '../../scripts/local/seeded-random.ts';
import { startLocalAws } from '../../scripts/local/start-local-aws.ts';
import { synthesise } from '../../scripts/local/templates/synthesise.ts';

/* Forty types of records in one topic, from every third record to three in all, each with a table of its own. */
const records = 1_000_000;
const partitions = 4;
const types = Array.from({ length: 40 }, (_, index) => `t${String(index).padStart(2, '0')}`);
const rare: [type: string, everyNth: number][] = [
  ['t39', 333_334],
  ['t38', 100_003],
  ['t37', 20_011],
];
const seed = 6;
const drainedWithinMs = 480_000;
const broken = 'no JSON';

const sources = {
  events: {
    kafka: { cluster: 'broker', topic: 'events', partitions, pollers: { minimum: 2, maximum: 2 } },
    route: { table: 'events_{type}', by: { type: 'type' }, exclude: { type: '^t36$' } },
    batch: { window: '1s' },
  },
};
const tables = { 'events_*': { latency: '20s' }, dead_letters: { latency: '20s' } };

let folder: string;
let aws: LocalAws;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alluvium-types-'));
  const assemblyFolder = join(folder, 'cdk.out');
  await synthesise('local', assemblyFolder, { sources: JSON.stringify(sources), tables: JSON.stringify(tables) });
  const ports = { s3: 0, dynamodb: 0, kinesis: 0, kafka: 0, sqs: 0, control: 0 };
  aws = await startLocalAws({ environment: 'local', dataFolder: folder, assemblyFolder, ports });
});
afterAll(async () => {
  await aws?.close();
  await rm(folder, { recursive: true, force: true });
});

const random = new SeededRandom(seed);

function typeOf(number: number): string {
  const found = rare.find(([, nth]) => number % nth === nth - 1);
  return found?.[0] ?? (types[Math.floor(37 * random.next() ** 3)] as string);
}

async function produce(): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const kafka = new kafkajs.Kafka({ brokers: [aws.endpoints.kafka], logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  for (let first = 0; first < records; first += 10_000) {
    const messages = Array.from({ length: 10_000 }, (_, index) => {
      const number = first + index;
      const isBroken = number % 1_000 === 999;
      const type = isBroken ? broken : typeOf(number);
      counts.set(type, (counts.get(type) ?? 0) + 1);
      const value = isBroken
        ? broken
        : JSON.stringify({ type, number, text: `record ${number}`, [`only_${type}`]: number / 4 });
      return { value, partition: number % partitions };
    });
    await producer.send({ topic: 'events', messages });
  }
  await producer.disconnect();
  return counts;
}

test('a million records of forty types: each table has its own, and the audit balances', async () => {
  const counts = await produce();
  const { feeds, close } = openFeeds(aws.endpoints);
  try {
    const { region, dynamodb: endpoint } = aws.endpoints;
    const items = new DynamoDBClient({ region, endpoint, credentials: localCredentials });
    await vi.waitUntil(async () => (await readPipelineState(aws, items)).drained, {
      timeout: drainedWithinMs,
      interval: 500,
    });
    items.destroy();
    const tablesFolder = join(folder, 'lake', aws.endpoints.lakeBucket!, 'tables');
    const found = await audit(feeds, { tablesFolder, spillFolder: join(folder, 'audit'), sinceMs: 0 });
    expect(found).toMatchObject({ balanced: true, findings: [], unreadable: [] });
    const [dropped, letters] = [counts.get('t36') ?? 0, counts.get(broken) ?? 0];
    expect(found.sources.events).toMatchObject({
      in: records,
      rows: records - letters - dropped,
      deadLetters: letters,
      dropped: { filtered: dropped },
    });
    const kept = types.filter((type) => type !== 't36' && counts.has(type));
    expect(kept).toHaveLength(39);
    const rows = Object.fromEntries(Object.entries(found.tables).map(([name, table]) => [name, table.rows]));
    expect(rows).toEqual({
      ...Object.fromEntries(kept.map((type) => [`events_${type}`, counts.get(type)])),
      dead_letters: letters,
    });
  } finally {
    close();
  }
});
