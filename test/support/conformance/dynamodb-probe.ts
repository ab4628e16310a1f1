import {
  type AttributeValue,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type ShardIteratorType,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import { expect, vi } from 'vitest';

export type Item = Record<string, AttributeValue>;

export interface Failure {
  name: string;
  message: string;
  Item?: Item;
  CancellationReasons?: { Code?: string; Message?: string; Item?: Item }[];
}

export const S = (text: string): AttributeValue => ({ S: text });
export const N = (number: number | string): AttributeValue => ({ N: String(number) });

/** `ok`, or the error a call ended with. */
export async function failure(call: Promise<unknown>): Promise<'ok' | Failure> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    return error as Failure;
  }
}
export const nameOf = async (call: Promise<unknown>): Promise<string> => {
  const end = await failure(call);
  return end === 'ok' ? 'ok' : end.name;
};

/** Names a case that a server is held to. */
export type Fact = (name: string, run: () => Promise<void>) => void;

export type DynamodbProbe = ReturnType<typeof dynamodbProbe>;

/**
 * Short ways to ask a server, mostly about one table with the keys `pk` (text) and `sk` (number).
 * @param client there when the first case runs
 */
export function dynamodbProbe(TableName: string, client: () => DynamoDBClient, streams: () => DynamoDBStreamsClient) {
  const key = (pk: string, sk: number | string = 1): Item => ({ pk: S(pk), sk: N(sk) });
  const put = (item: Item, extra: Partial<PutItemCommandInput> = {}) =>
    client().send(new PutItemCommand({ TableName, Item: item, ...extra }));
  /** As `put`, as often as the partition is too hot for it. */
  const putPatiently = (item: Item) =>
    vi.waitFor(
      async () => {
        const end = await failure(put(item));
        if (end !== 'ok') throw end;
      },
      { timeout: 20_000, interval: 100 },
    );
  const get = async (pk: string, sk: number | string = 1): Promise<Item | undefined> =>
    (await client().send(new GetItemCommand({ TableName, Key: key(pk, sk), ConsistentRead: true }))).Item;
  const update = (pk: string, UpdateExpression: string, values: Item, extra: Partial<UpdateItemCommandInput> = {}) =>
    client().send(
      new UpdateItemCommand({
        TableName,
        Key: key(pk),
        UpdateExpression,
        ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
        ...extra,
      }),
    );
  const query = (values: Item, extra: Partial<QueryCommandInput>) =>
    client().send(new QueryCommand({ TableName, ExpressionAttributeValues: values, ConsistentRead: true, ...extra }));
  const transact = (items: TransactWriteItem[], extra: Partial<TransactWriteItemsCommandInput> = {}) =>
    client().send(new TransactWriteItemsCommand({ TransactItems: items, ...extra }));
  const putNew = (item: Item): TransactWriteItem => ({
    Put: { TableName, Item: item, ConditionExpression: 'attribute_not_exists(pk)' },
  });
  const count = (pk: string): TransactWriteItem => ({
    Update: {
      TableName,
      Key: key(pk),
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': N(1) },
    },
  });

  async function readers(ShardIteratorType: ShardIteratorType, table = TableName): Promise<string[]> {
    const { Table } = await client().send(new DescribeTableCommand({ TableName: table }));
    const StreamArn = Table!.LatestStreamArn!;
    const { StreamDescription } = await streams().send(new DescribeStreamCommand({ StreamArn }));
    const iterators: string[] = [];
    for (const { ShardId } of StreamDescription!.Shards!) {
      const ask = new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType });
      iterators.push((await streams().send(ask)).ShardIterator!);
    }
    return iterators;
  }

  /** Reads on from each iterator until `enough`. */
  async function records(iterators: string[], enough: (seen: StreamRecord[]) => boolean): Promise<StreamRecord[]> {
    const seen: StreamRecord[] = [];
    const open = [...iterators];
    await vi.waitFor(
      async () => {
        for (const [i, ShardIterator] of open.entries()) {
          const page = await streams().send(new GetRecordsCommand({ ShardIterator, Limit: 1000 }));
          seen.push(...(page.Records ?? []));
          if (page.NextShardIterator !== undefined) open[i] = page.NextShardIterator;
        }
        expect(enough(seen)).toBe(true);
      },
      { timeout: 20_000, interval: 50 },
    );
    return seen;
  }

  return {
    TableName,
    client,
    streams,
    key,
    put,
    putPatiently,
    get,
    update,
    query,
    transact,
    putNew,
    count,
    readers,
    records,
  };
}
