import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AttributeValue,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  type DynamodbOptions,
  type DynamodbServer,
  type Interference,
  startDynamodb,
} from '../../../../scripts/local/dynamodb/server.ts';
import { serviceError } from '../../../../scripts/local/dynamodb/service-error.ts';
import { transactionCanceled } from '../../../../scripts/local/dynamodb/transactions.ts';

const TableName = 'Ledger';
let root: string;
let server: DynamodbServer;
let client: DynamoDBClient;
let streams: DynamoDBStreamsClient;
let nowMs: number;
let interference: ((operation: string) => Interference | undefined) | undefined;

async function start(): Promise<void> {
  const options: DynamodbOptions = {
    port: 0,
    root,
    sweepMs: 10,
    now: () => nowMs,
    interfere: (name) => interference?.(name),
  };
  server = await startDynamodb(options);
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const config = { endpoint: server.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 };
  client = new DynamoDBClient(config);
  streams = new DynamoDBStreamsClient(config);
}

async function stop(): Promise<void> {
  client.destroy();
  streams.destroy();
  await server.close();
}

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'alluvium-dynamodb-'));
  nowMs = Date.UTC(2026, 0, 1);
  interference = undefined;
  await start();
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'owner', AttributeType: 'S' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byOwner',
          KeySchema: [{ AttributeName: 'owner', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    }),
  );
});
afterEach(async () => {
  await stop();
  rmSync(root, { recursive: true, force: true });
});

const key = (pk: string) => ({ pk: { S: pk } });
const put = (Item: Record<string, AttributeValue>) => client.send(new PutItemCommand({ TableName, Item }));
const get = async (pk: string) =>
  (await client.send(new GetItemCommand({ TableName, Key: key(pk), ConsistentRead: true }))).Item;
const count = (pk: string, ClientRequestToken?: string) => {
  const Update = {
    TableName,
    Key: key(pk),
    UpdateExpression: 'ADD n :one',
    ExpressionAttributeValues: { ':one': { N: '1' } },
  };
  return client.send(
    new TransactWriteItemsCommand({ TransactItems: [{ Update }], ...(ClientRequestToken && { ClientRequestToken }) }),
  );
};
const nameOf = (call: Promise<unknown>) =>
  call.then(
    () => 'ok',
    (error: Error) => error.name,
  );

async function allRecords() {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  const StreamArn = Table!.LatestStreamArn!;
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const ShardId = StreamDescription!.Shards![0]!.ShardId!;
  const from = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const;
  const { ShardIterator } = await streams.send(new GetShardIteratorCommand(from));
  return (await streams.send(new GetRecordsCommand({ ShardIterator: ShardIterator! }))).Records!;
}

it('tables, items, tokens and stream records outlive a restart', async () => {
  await put({ ...key('a'), owner: { S: 'me' } });
  await count('b', 'token');
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  await stop();
  await start();
  expect((await client.send(new DescribeTableCommand({ TableName }))).Table?.TableId).toBe(Table!.TableId!);
  expect(await get('a')).toEqual({ ...key('a'), owner: { S: 'me' } });
  await count('b', 'token');
  expect((await get('b'))?.n).toEqual({ N: '1' });
  expect((await allRecords()).map(({ dynamodb }) => dynamodb?.Keys?.pk?.S)).toEqual(['a', 'b']);
});

it('a ClientRequestToken is forgotten after ten minutes', async () => {
  await count('a', 'token');
  nowMs += 9 * 60_000;
  await count('a', 'token');
  expect((await get('a'))?.n).toEqual({ N: '1' });
  nowMs += 2 * 60_000;
  await count('a', 'token');
  expect((await get('a'))?.n).toEqual({ N: '2' });
});

it('a stream keeps its records for a day', async () => {
  await put(key('old'));
  nowMs += 23 * 3_600_000;
  await put(key('young'));
  expect((await allRecords()).length).toBe(2);
  nowMs += 2 * 3_600_000;
  await vi.waitFor(async () =>
    expect((await allRecords()).map(({ dynamodb }) => dynamodb?.Keys)).toEqual([key('young')]),
  );
});

it('an item more than five years past its time stays, as on AWS', async () => {
  const TimeToLiveSpecification = { AttributeName: 'expireTime', Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  await put({ ...key('ancient'), expireTime: { N: String(nowMs / 1000 - 6 * 365 * 86_400) } });
  await put({ ...key('past'), expireTime: { N: String(nowMs / 1000 - 1) } });
  await vi.waitFor(async () => expect(await get('past')).toBeUndefined());
  expect(await get('ancient')).toBeDefined();
});

it('time to live takes hold of the items that are there when it is switched on, and of none once it is off', async () => {
  await put({ ...key('before'), expireTime: { N: String(nowMs / 1000 - 1) } });
  const set = (Enabled: boolean) =>
    client.send(
      new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName: 'expireTime', Enabled } }),
    );
  await set(true);
  await vi.waitFor(async () => expect(await get('before')).toBeUndefined());
  await put({ ...key('later'), expireTime: { N: String(nowMs / 1000 + 10) } });
  await set(false);
  nowMs += 25 * 3_600_000;
  // The sweep that would delete is the one that trims the stream.
  await vi.waitFor(async () => expect(await allRecords()).toEqual([]));
  expect(await get('later')).toBeDefined();
});

it('an index follows its items', async () => {
  const owned = async (owner: string) => {
    const values = { ':o': { S: owner } };
    const query = {
      TableName,
      IndexName: 'byOwner',
      KeyConditionExpression: '#o = :o',
      ExpressionAttributeValues: values,
    };
    const { Items } = await client.send(new QueryCommand({ ...query, ExpressionAttributeNames: { '#o': 'owner' } }));
    return Items!.map(({ pk }) => pk?.S).sort();
  };
  for (const pk of ['a', 'b']) await put({ ...key(pk), owner: { S: 'me' } });
  await client.send(
    new UpdateItemCommand({
      TableName,
      Key: key('b'),
      UpdateExpression: 'SET #o = :o',
      ExpressionAttributeNames: { '#o': 'owner' },
      ExpressionAttributeValues: { ':o': { S: 'you' } },
    }),
  );
  expect([await owned('me'), await owned('you')]).toEqual([['a'], ['b']]);
});

it('a cancelled transaction leaves indexes and stream as they were', async () => {
  await put({ ...key('a'), owner: { S: 'me' } });
  const TransactItems = [
    { Put: { TableName, Item: { ...key('b'), owner: { S: 'me' } } } },
    { Put: { TableName, Item: key('a'), ConditionExpression: 'attribute_not_exists(pk)' } },
  ];
  expect(await nameOf(client.send(new TransactWriteItemsCommand({ TransactItems })))).toBe(
    'TransactionCanceledException',
  );
  const { Items } = await client.send(new ScanCommand({ TableName, IndexName: 'byOwner' }));
  expect(Items!.map(({ pk }) => pk?.S)).toEqual(['a']);
  expect((await allRecords()).length).toBe(1);
});

it('listeners hear of a stream after its change can be read', async () => {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  const heard: string[] = [];
  const stopListening = server.onChange((arn) => heard.push(arn));
  await put(key('a'));
  expect(heard).toEqual([Table!.LatestStreamArn]);
  await put(key('a'));
  stopListening();
  await put(key('b'));
  expect(heard.length).toBe(1);
});

it('a client can be shown TransactionConflict and throttling, which change nothing', async () => {
  interference = (operation) =>
    operation === 'TransactWriteItems' ? { refuse: transactionCanceled([{ Code: 'TransactionConflict' }]) } : undefined;
  const end = (await count('a').catch((error: unknown) => error)) as { name: string; CancellationReasons: unknown };
  expect(end).toMatchObject({
    name: 'TransactionCanceledException',
    CancellationReasons: [{ Code: 'TransactionConflict' }],
  });
  interference = (operation) =>
    operation === 'PutItem' ? { refuse: serviceError('ProvisionedThroughputExceededException', 'slower') } : undefined;
  expect(await nameOf(put(key('a')))).toBe('ProvisionedThroughputExceededException');
  expect(await get('a')).toBeUndefined();
});

it('an answer can be lost after its request took effect', async () => {
  interference = (operation) => (operation === 'TransactWriteItems' ? 'loseAnswer' : undefined);
  expect(await nameOf(count('a'))).not.toBe('ok');
  expect((await get('a'))?.n).toEqual({ N: '1' });
});

it('a second server over the same folder is refused', async () => {
  await expect(startDynamodb({ port: 0, root })).rejects.toThrow(/expected no other process to serve this folder/);
});
