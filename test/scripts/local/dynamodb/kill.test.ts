import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AttributeValue,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { afterAll, expect, it } from 'vitest';
import { startServerProcess } from '../../../support/killed-server.ts';

const TableName = 'Killed';
const kills = 4;
const transactionsBeforeKill = [37, 150, 5, 90];
const root = mkdtempSync(join(tmpdir(), 'alluvium-dynamodb-kill-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const program = `
  import { startDynamodb } from '../../scripts/local/dynamodb/server.ts';
  console.log((await startDynamodb({ port: 0, root: ${JSON.stringify(root)}, units: { read: 1e9, write: 1e9 } })).endpoint);
`;

const config = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  maxAttempts: 1,
});
const key = (pk: string, sk: number): Record<string, AttributeValue> => ({ pk: { S: pk }, sk: { N: String(sk) } });

const transaction = (n: number) =>
  new TransactWriteItemsCommand({
    TransactItems: [
      { Put: { TableName, Item: { ...key('left', n), pad: { S: 'x'.repeat(5000) } } } },
      { Put: { TableName, Item: key('right', n) } },
      {
        Update: {
          TableName,
          Key: key('count', 0),
          UpdateExpression: 'ADD n :one',
          ExpressionAttributeValues: { ':one': { N: '1' } },
        },
      },
    ],
  });

async function numbersOf(client: DynamoDBClient, pk: string): Promise<number[]> {
  const numbers: number[] = [];
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :p',
        ExpressionAttributeValues: { ':p': { S: pk } },
        ConsistentRead: true,
        ...(ExclusiveStartKey && { ExclusiveStartKey }),
      }),
    );
    numbers.push(...page.Items!.map(({ sk }) => Number(sk!.N)));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return numbers;
}

async function insertsInStream(client: DynamoDBClient, streams: DynamoDBStreamsClient): Promise<number> {
  const StreamArn = (await client.send(new DescribeTableCommand({ TableName }))).Table!.LatestStreamArn!;
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const ShardId = StreamDescription!.Shards![0]!.ShardId!;
  const from = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const;
  let { ShardIterator } = await streams.send(new GetShardIteratorCommand(from));
  let inserts = 0;
  for (;;) {
    const { Records = [], NextShardIterator } = await streams.send(
      new GetRecordsCommand({ ShardIterator: ShardIterator! }),
    );
    if (Records.length === 0) return inserts;
    inserts += Records.filter(({ eventName }) => eventName === 'INSERT').length;
    ShardIterator = NextShardIterator;
  }
}

it('SIGKILL loses no acknowledged transaction and leaves none half done, its stream records included', async () => {
  const acknowledged = new Set<number>();
  let next = 0;
  for (let round = 0; round <= kills; round++) {
    const server = await startServerProcess(program);
    const client = new DynamoDBClient(config(server.address));
    if (round === 0) {
      await client.send(
        new CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          AttributeDefinitions: [
            { AttributeName: 'pk', AttributeType: 'S' },
            { AttributeName: 'sk', AttributeType: 'N' },
          ],
          StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
        }),
      );
    } else {
      const streams = new DynamoDBStreamsClient(config(server.address));
      const left = await numbersOf(client, 'left');
      const found = new Set(left);
      expect(await numbersOf(client, 'right')).toEqual(left);
      expect([...acknowledged].filter((n) => !found.has(n))).toEqual([]);
      const counter = await client.send(new GetItemCommand({ TableName, Key: key('count', 0), ConsistentRead: true }));
      expect(counter.Item?.n).toEqual({ N: String(left.length) });
      expect(await insertsInStream(client, streams)).toBe(2 * left.length + 1);
      streams.destroy();
    }
    if (round < kills) {
      const target = acknowledged.size + transactionsBeforeKill[round]!;
      let killed: Promise<void> | undefined;
      const write = async () => {
        while (killed === undefined) {
          const n = next++;
          const done = await client.send(transaction(n)).then(
            () => true,
            () => false,
          );
          if (done) acknowledged.add(n);
          if (acknowledged.size >= target) killed ??= server.kill();
        }
      };
      await Promise.all(Array.from({ length: 8 }, write));
      await killed;
    } else {
      await server.kill();
    }
    client.destroy();
  }
  expect(acknowledged.size).toBeGreaterThanOrEqual(transactionsBeforeKill.reduce((sum, n) => sum + n, 0));
});
