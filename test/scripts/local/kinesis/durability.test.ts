import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  CreateStreamCommand,
  IncreaseStreamRetentionPeriodCommand,
  type KinesisClient,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type KinesisServer, startKinesis } from '../../../../scripts/local/kinesis/start-kinesis.ts';
import { kinesisClient } from '../../../support/conformance/kinesis.ts';
import { startServerProcess } from '../../../support/killed-server.ts';

const module = pathToFileURL(join(import.meta.dirname, '../../../../scripts/local/kinesis/start-kinesis.ts')).href;
const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
const StreamName = 'durable';
const shardId = 'shardId-000000000000';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'alluvium-kinesis-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const startInProcess = () =>
  startServerProcess(
    `import { startKinesis } from ${JSON.stringify(module)};
     console.log((await startKinesis({ port: 0, root: ${JSON.stringify(root)} })).endpoint);`,
  );

const connect = (endpoint: string): KinesisClient => kinesisClient({ endpoint, credentials, protocol: 'HTTP/1.1' });

const putTexts = (client: KinesisClient, texts: string[]) =>
  client.send(
    new PutRecordsCommand({
      StreamName,
      Records: texts.map((text) => ({ PartitionKey: 'key', Data: Buffer.from(text) })),
    }),
  );

const textsOf = (server: KinesisServer, shard = shardId): string[] =>
  server
    .readShard(StreamName, shard, { type: 'TRIM_HORIZON' }, 100_000, 1 << 26)
    .records.map(({ data }) => data.toString());

async function withServer<T>(use: (server: KinesisServer, client: KinesisClient) => Promise<T> | T): Promise<T> {
  const server = await startKinesis({ port: 0, root });
  const client = connect(server.endpoint);
  try {
    return await use(server, client);
  } finally {
    client.destroy();
    await server.close();
  }
}

it('records acknowledged before kill -9 in the midst of writing are there afterwards, in order and once', async () => {
  const child = await startInProcess();
  const client = connect(child.address);
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
  const acknowledged: string[] = [];
  let killed: Promise<void> | undefined;
  for (let batch = 0; ; batch++) {
    const texts = Array.from({ length: 50 }, (_, i) => `${batch}:${i}`);
    const answer = await putTexts(client, texts).catch(() => undefined);
    if (answer === undefined) break;
    acknowledged.push(...texts);
    if (batch === 20) killed = child.kill();
  }
  await killed;
  client.destroy();
  await withServer((server) => {
    const found = textsOf(server);
    expect(found.slice(0, acknowledged.length)).toEqual(acknowledged);
    expect(new Set(found).size).toBe(found.length);
  });
});

it('streams, retention, shards and sequence numbers go on after a restart', async () => {
  const before = await withServer(async (server, client) => {
    await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
    await client.send(new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours: 168 }));
    await putTexts(client, ['a', 'b']);
    await client.send(
      new SplitShardCommand({ StreamName, ShardToSplit: shardId, NewStartingHashKey: String(1n << 127n) }),
    );
    await putTexts(client, ['c']);
    return server.shards(StreamName);
  });
  await withServer(async (server, client) => {
    expect(server.shards(StreamName)).toEqual(before);
    expect(before.map(({ open }) => open)).toEqual([false, true, true]);
    expect(textsOf(server)).toEqual(['a', 'b']);
    const answer = await putTexts(client, ['d']);
    const { ShardId, SequenceNumber } = answer.Records![0]!;
    expect(textsOf(server, ShardId)).toEqual(['c', 'd']);
    const [c] = server.readShard(StreamName, ShardId!, { type: 'TRIM_HORIZON' }, 1, 1024).records;
    expect(BigInt(SequenceNumber!)).toBeGreaterThan(BigInt(c!.sequenceNumber));
  });
});

it('a torn tail is cut off on start, and writing goes on behind the last whole record', async () => {
  await withServer(async (_, client) => {
    await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
    await putTexts(client, ['whole']);
  });
  const folder = join(root, StreamName, shardId);
  const [segment] = readdirSync(folder);
  appendFileSync(join(folder, segment!), Buffer.from([0, 0, 0, 200, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
  await withServer(async (server, client) => {
    expect(textsOf(server)).toEqual(['whole']);
    await putTexts(client, ['next']);
    expect(textsOf(server)).toEqual(['whole', 'next']);
  });
  await withServer((server) => expect(textsOf(server)).toEqual(['whole', 'next']));
});

it('a reader in this process pages by sequence number and learns what waits and when a shard has ended', async () => {
  await withServer(async (server, client) => {
    await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
    await putTexts(client, ['a', 'b', 'c']);
    const first = server.readShard(StreamName, shardId, { type: 'TRIM_HORIZON' }, 2, 1 << 20);
    expect(first).toMatchObject({ behind: 1, ended: false });
    const { sequenceNumber } = first.records.at(-1)!;
    const rest = () =>
      server.readShard(StreamName, shardId, { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber }, 2, 1 << 20);
    expect(rest().records.map(({ data }) => data.toString())).toEqual(['c']);
    expect(rest()).toMatchObject({ behind: 0, ended: false });
    await client.send(
      new SplitShardCommand({ StreamName, ShardToSplit: shardId, NewStartingHashKey: String(1n << 127n) }),
    );
    expect(rest()).toMatchObject({ behind: 0, ended: true });
  });
});

it('a second server on a port that is taken fails before it touches the folder', async () => {
  await withServer(async (server) => {
    const port = Number(new URL(server.endpoint).port);
    const elsewhere = join(root, 'elsewhere');
    await expect(startKinesis({ port, root: elsewhere })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(existsSync(elsewhere)).toBe(false);
  });
});
