import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateStreamCommand, KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { localCredentials } from '../../../../scripts/local/host/clients.ts';
import { type KafkaServer, startKafka } from '../../../../scripts/local/kafka/start-kafka.ts';
import { type KinesisServer, startKinesis } from '../../../../scripts/local/kinesis/start-kinesis.ts';
import { type Feed, openFeeds } from '../../../../scripts/local/producers/feed.ts';
import { send } from '../../../../scripts/local/producers/send.ts';
import { SentSamples } from '../../../../scripts/local/producers/sent-samples.ts';
import type { Sample } from '../../../../scripts/local/samples/sample.ts';
import type { SourcePosition } from '../../../../scripts/local/sources/source-position.ts';
import { kplAggregate } from '../../../support/kpl-aggregate.ts';

let folder: string;
let kinesis: KinesisServer;
let kafka: KafkaServer;
let client: KinesisClient;
let opened: ReturnType<typeof openFeeds>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sources-'));
  kinesis = await startKinesis({ port: 0, root: join(folder, 'kinesis') });
  kafka = await startKafka({ port: 0, root: join(folder, 'kafka') });
  client = new KinesisClient({ region: 'us-east-1', endpoint: kinesis.endpoint, credentials: localCredentials });
  await client.send(new CreateStreamCommand({ StreamName: 'stream', ShardCount: 2 }));
  kafka.ensureTopic('topic', 3);
  const nowhere = '';
  opened = openFeeds({
    region: 'us-east-1',
    s3: nowhere,
    dynamodb: nowhere,
    stepfunctions: nowhere,
    sqs: nowhere,
    lambda: nowhere,
    metrics: nowhere,
    kinesis: kinesis.endpoint,
    kafka: kafka.bootstrap,
    streams: [{ name: 'stream', source: 's', table: 't', tombstones: 'drop' }, { name: 'unread' }],
    topics: [{ name: 'topic', partitions: 3, source: 'k', table: 't', tombstones: 'deadLetter' }],
  });
});
afterAll(async () => {
  opened.close();
  client.destroy();
  await Promise.all([kinesis.close(), kafka.close()]);
  await rm(folder, { recursive: true });
});

const feedNamed = (name: string): Feed => opened.feeds.find((feed) => feed.name === name)!;

async function everything(feed: Feed): Promise<SourcePosition[]> {
  const found: SourcePosition[] = [];
  await feed.read((records) => found.push(...records));
  return found;
}

const samples: Sample[] = [
  ...Array.from({ length: 6_000 }, (_, index) => ({ key: `s/${index}`, value: `{"n":${index}}` })),
  { key: 'broken/0', value: Buffer.from([0xff]) },
  { key: 'broken/1', value: null },
];

function* missing(sent: SentSamples): Generator<Sample> {
  for (const sample of samples) if (!sent.hasKey(sample.key)) yield sample;
}

test('each source is a feed, with its policy', () => {
  expect(opened.feeds.map(({ name, isTopic, dropsTombstones }) => ({ name, isTopic, dropsTombstones }))).toEqual([
    { name: 's', isTopic: false, dropsTombstones: true },
    { name: 'k', isTopic: true, dropsTombstones: false },
  ]);
});

test.each(['s', 'k'])('what was sent to %s is read back, and never sent again', async (name) => {
  const feed = feedNamed(name);
  expect(await everything(feed)).toEqual([]);
  const beforeMs = Date.now();
  for (let round = 0; round < 2; round++) {
    const sent = await SentSamples.readFrom(feed.read);
    await send(feed, sent, missing, { signal: new AbortController().signal, onSent: () => {} });
  }
  const found = await everything(feed);
  expect(found).toHaveLength(samples.length);
  expect(new Set(found.map(({ key }) => key))).toEqual(new Set(samples.map(({ key }) => key)));
  expect(new Set(found.map(({ partition, position }) => `${partition} ${position}`)).size).toBe(samples.length);
  expect(new Set(found.map(({ partition }) => partition)).size).toBe(name === 's' ? 2 : 3);
  for (const { arrivalMs } of found) expect(arrivalMs).toBeGreaterThanOrEqual(beforeMs);
  expect(found.filter(({ tombstone }) => tombstone).map(({ key }) => key)).toEqual(name === 's' ? [] : ['broken/1']);
});

test('a KPL aggregate is as many positions as it holds records', async () => {
  const data = kplAggregate([
    { partitionKey: 'a', data: Buffer.from('{}') },
    { partitionKey: 'b', data: Buffer.from('{}') },
  ]);
  const put = new PutRecordCommand({ StreamName: 'stream', PartitionKey: 'aggregate', Data: data });
  const { SequenceNumber } = await client.send(put);
  const found = await everything(feedNamed('s'));
  expect(
    found
      .slice()
      .filter(({ position }) => position.includes('.'))
      .map(({ position }) => position),
  ).toEqual([`${SequenceNumber}.0`, `${SequenceNumber}.1`]);
});
