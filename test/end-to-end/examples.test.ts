import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import kafkajs, { type Message } from 'kafkajs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { fileObjectStore } from '#adapters/files/file-object-store.ts';
import { audit } from '../../scripts/local/audit/audit.ts';
import { localCredentials } from '../../scripts/local/host/clients.ts';
import type { LocalAws } from '../../scripts/local/local-aws.ts';
import { openFeeds } from '../../scripts/local/producers/feed.ts';
import { analyticsEvent } from '../../scripts/local/samples/analytics-events.ts';
import { startLocalAws } from '../../scripts/local/start-local-aws.ts';
import { synthesise } from '../../scripts/local/templates/synthesise.ts';
import { canonicalLines, openedTable } from '../support/canonical-lines.ts';

/* The sources and tables of every example of config/examples/, together on one machine: by its broker, its streams, and soon. */
const examples = ['danube', 'flink-stock-ticker', 'kafka-delta-ingest', 'python-analytics'];
const anyPorts = { s3: 0, dynamodb: 0, kinesis: 0, kafka: 0, sqs: 0, control: 0 };
const withinMs = 240_000;

interface Example {
  sources: Record<string, { kinesis?: { streamArn?: string }; kafka?: { cluster: string }; batch?: object }>;
  tables: Record<string, { latency?: string }>;
}

let folder: string;
let aws: LocalAws;

function overridesOf(name: string): Example {
  const { sources, tables } = parse(
    readFileSync(join(import.meta.dirname, `../../config/examples/${name}.yaml`), 'utf8'),
  ) as Example;
  for (const source of Object.values(sources)) {
    source.batch = { ...source.batch, window: '1s' };
    delete source.kinesis?.streamArn;
    Object.assign(source, { startingPosition: 'TRIM_HORIZON' });
  }
  for (const table of Object.values(tables)) table.latency = '2s';
  return { sources, tables };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alluvium-examples-'));
  const all = examples.map(overridesOf);
  const sources = Object.assign({}, ...all.map((example) => example.sources));
  const tables = Object.assign({ dead_letters: { latency: '2s' } }, ...all.map((example) => example.tables));
  const assemblyFolder = join(folder, 'cdk.out');
  await synthesise('local', assemblyFolder, { sources: JSON.stringify(sources), tables: JSON.stringify(tables) });
  aws = await startLocalAws({ environment: 'local', dataFolder: folder, assemblyFolder, ports: anyPorts });
}, withinMs);
afterAll(async () => {
  await aws?.close();
  await rm(folder, { recursive: true, force: true });
});

async function send(topics: Record<string, Message[]>): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: [aws.endpoints.kafka], logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.sendBatch({ topicMessages: Object.entries(topics).map(([topic, messages]) => ({ topic, messages })) });
  await producer.disconnect();
}

/** Rows without the columns that every table has on one machine, and those that say when. */
async function rowsOf(table: string): Promise<Record<string, unknown>[]> {
  const store = fileObjectStore(join(folder, 'lake', aws.endpoints.lakeBucket!, 'tables', table));
  return (await canonicalLines(store, await openedTable(store)))
    .map((line) => JSON.parse(line))
    .map(({ _source, _partition, _position, ...row }) => row);
}

const until = (table: string, rows: unknown[]) =>
  vi.waitFor(async () => expect(await rowsOf(table)).toEqual(rows), { timeout: 60_000, interval: 200 });

const json = (value: unknown): Message => ({ value: JSON.stringify(value) });

test('each example does on one machine what it says, from producers to tables', { timeout: withinMs }, async () => {
  const modified = '2026-11-21T12:00:00Z';
  const events = Array.from({ length: 40 }, (_, index) => analyticsEvent(1, index));
  await send({
    events: [
      json({ type: 'order_placed', id: 'o-1', modified, total: '12.50' }),
      json({ type: 'parcel_sent', id: 'p-1', modified }),
      json({ type: 'debug_line', modified }),
      { value: 'no JSON' },
    ],
    'user-events': [{ key: 'u-1', ...json({ user_id: 'u-1', event: 'login', visits: 3 }) }],
    payments: [json({ id: 1, amount: 12.5 }), json({ id: 2 })],
    'audit-lines': [{ value: 'line 1' }],
    counters: [{ value: Buffer.from('00000000000003e8', 'hex') }],
    frames: [{ value: Buffer.from([0, 255]) }],
    'analytics-events': events.map((value) => ({ value })),
  });
  const { region, kinesis: endpoint, streams } = aws.endpoints;
  const client = new KinesisClient({ region, endpoint, credentials: localCredentials });
  const trade = { event_time: modified, ticker: 'ACME', price: 1.25 };
  const Data = Buffer.from(JSON.stringify(trade));
  await client.send(new PutRecordCommand({ StreamName: streams[0]!.name, PartitionKey: 'ACME', Data }));
  client.destroy();

  const instant = '2026-11-21T12:00:00.000000Z';
  await until('stock_prices', [{ ...trade, event_time: instant }]);
  const meta = (offset: number) => ({ kafka: { offset, partition: 0, topic: 'events' } });
  const date = '2026-11-21';
  await until('events_order_placed', [{ id: 'o-1', date, modified: instant, total: '12.50', meta: meta(0) }]);
  await until('events_parcel_sent', [{ id: 'p-1', modified, date, meta: meta(1) }]);
  await until('payments', [{ id: 1, amount: '12.50', receipt: null }]);
  await until('audit_lines', [{ data: 'line 1' }]);
  await until('counters', [{ value: 1000 }]);
  await until('frames', [{ data: 'AP8=', size: 2 }]);
  await vi.waitFor(async () => expect(await rowsOf('analytics_events')).toHaveLength(events.length), {
    timeout: 60_000,
  });
  await vi.waitFor(async () => expect(await rowsOf('user_events')).toMatchObject([{ user_id: 'u-1', visits: '3' }]));
  expect(await rowsOf('broken_events')).toMatchObject([{ error: 'InvalidJson', route: 'events_{type}' }]);
  expect(await rowsOf('dead_letters')).toMatchObject([{ table: 'payments', path: '$.amount' }]);

  const { feeds, close } = openFeeds(aws.endpoints);
  try {
    const tablesFolder = join(folder, 'lake', aws.endpoints.lakeBucket!, 'tables');
    const found = await audit(feeds, { tablesFolder, spillFolder: join(folder, 'audit'), sinceMs: 0 });
    expect(found).toMatchObject({ balanced: true, findings: [], unreadable: [] });
    expect(found.sources.events).toMatchObject({ in: 4, rows: 2, deadLetters: 1, dropped: { filtered: 1 } });
  } finally {
    close();
  }
});
