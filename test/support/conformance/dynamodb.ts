import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  TransactGetItemsCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type ShardIteratorType,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

export interface DynamodbUnderTest {
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** Facts that a server lacks, by the case's name, with the reason; each must fail there, so that a mended gap is seen. */
export type DynamodbGaps = Readonly<Record<string, string>>;

type Item = Record<string, AttributeValue>;

interface Failure {
  name: string;
  message: string;
  Item?: Item;
  CancellationReasons?: { Code?: string; Message?: string; Item?: Item }[];
}

const S = (text: string): AttributeValue => ({ S: text });
const N = (number: number | string): AttributeValue => ({ N: String(number) });

/** `ok`, or the error a call ended with. */
async function failure(call: Promise<unknown>): Promise<'ok' | Failure> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    return error as Failure;
  }
}
const nameOf = async (call: Promise<unknown>): Promise<string> => {
  const end = await failure(call);
  return end === 'ok' ? 'ok' : end.name;
};

/**
 * What the ledger trusts DynamoDB to do, through the real SDK. Runs unchanged against any server.
 * @param start called once; the server is the caller's to stop
 */
export function dynamodbConformance(
  title: string,
  start: () => Promise<DynamodbUnderTest>,
  gaps: DynamodbGaps = {},
): void {
  describe(title, () => {
    const TableName = `Conformance${Date.now().toString(36)}`;
    let client: DynamoDBClient;
    let streams: DynamoDBStreamsClient;

    const fact = (name: string, run: () => Promise<void>) =>
      name in gaps ? it.fails(`${name} (not here: ${gaps[name]})`, run) : it(name, run);
    const key = (pk: string, sk: number | string = 1): Item => ({ pk: S(pk), sk: N(sk) });
    const put = (item: Item, extra: Partial<PutItemCommandInput> = {}) =>
      client.send(new PutItemCommand({ TableName, Item: item, ...extra }));
    const get = async (pk: string, sk: number | string = 1): Promise<Item | undefined> =>
      (await client.send(new GetItemCommand({ TableName, Key: key(pk, sk), ConsistentRead: true }))).Item;
    const update = (pk: string, UpdateExpression: string, values: Item, extra: Partial<UpdateItemCommandInput> = {}) =>
      client.send(
        new UpdateItemCommand({
          TableName,
          Key: key(pk),
          UpdateExpression,
          ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
          ...extra,
        }),
      );
    const query = (values: Item, extra: Partial<QueryCommandInput>) =>
      client.send(new QueryCommand({ TableName, ExpressionAttributeValues: values, ConsistentRead: true, ...extra }));
    const transact = (items: TransactWriteItem[], extra: Partial<TransactWriteItemsCommandInput> = {}) =>
      client.send(new TransactWriteItemsCommand({ TransactItems: items, ...extra }));
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
      const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
      const StreamArn = Table!.LatestStreamArn!;
      const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
      const iterators: string[] = [];
      for (const { ShardId } of StreamDescription!.Shards!) {
        const ask = new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType });
        iterators.push((await streams.send(ask)).ShardIterator!);
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
            const page = await streams.send(new GetRecordsCommand({ ShardIterator, Limit: 1000 }));
            seen.push(...(page.Records ?? []));
            if (page.NextShardIterator !== undefined) open[i] = page.NextShardIterator;
          }
          expect(enough(seen)).toBe(true);
        },
        { timeout: 20_000, interval: 50 },
      );
      return seen;
    }

    beforeAll(async () => {
      const { endpoint, credentials } = await start();
      const config = { endpoint, credentials, region: 'us-east-1', maxAttempts: 1 };
      client = new DynamoDBClient(config);
      streams = new DynamoDBStreamsClient(config);
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
      await waitUntilTableExists({ client, maxWaitTime: 20, minDelay: 1 }, { TableName });
    });
    afterAll(() => {
      client?.destroy();
      streams?.destroy();
    });

    describe('tables', () => {
      fact('a table tells its ARN and its latest stream', async () => {
        const { Table } = await client.send(new DescribeTableCommand({ TableName }));
        expect(Table).toMatchObject({
          TableName,
          TableStatus: 'ACTIVE',
          StreamSpecification: { StreamViewType: 'KEYS_ONLY' },
        });
        expect(Table?.TableArn).toMatch(new RegExp(`^arn:aws:dynamodb:[^:]+:\\d{12}:table/${TableName}$`));
        expect(Table?.LatestStreamArn).toMatch(new RegExp(`:table/${TableName}/stream/\\d{4}-\\d\\d-\\d\\dT`));
      });

      fact('a table is listed, and cannot be made twice', async () => {
        expect((await client.send(new ListTablesCommand({}))).TableNames).toContain(TableName);
        const again = new CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        });
        expect(await nameOf(client.send(again))).toBe('ResourceInUseException');
      });

      fact('a table that is not there is ResourceNotFoundException', async () => {
        const missing = new GetItemCommand({ TableName: 'NotThere', Key: key('a') });
        expect(await nameOf(client.send(missing))).toBe('ResourceNotFoundException');
      });

      const create = async (name: string): Promise<string | undefined> => {
        const create = new CreateTableCommand({
          TableName: name,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        });
        const { TableDescription } = await client.send(create);
        await waitUntilTableExists({ client, maxWaitTime: 20, minDelay: 1 }, { TableName: name });
        return TableDescription?.TableId;
      };

      fact('a deleted and recreated table is empty', async () => {
        const name = `${TableName}Again`;
        await create(name);
        await client.send(new PutItemCommand({ TableName: name, Item: { pk: S('a') } }));
        await client.send(new DeleteTableCommand({ TableName: name }));
        await create(name);
        expect((await client.send(new ScanCommand({ TableName: name, ConsistentRead: true }))).Items).toEqual([]);
      });

      fact('a recreated table has another id', async () => {
        const name = `${TableName}Id`;
        const first = await create(name);
        expect(first).toMatch(/^[0-9a-f-]{36}$/);
        await client.send(new DeleteTableCommand({ TableName: name }));
        expect(await create(name)).not.toBe(first);
      });
    });

    describe('items', () => {
      fact('every type of value comes back as it went', async () => {
        const item: Item = {
          ...key('types'),
          s: S('é𐍈'),
          n: N('-12345678901234567890.123456789012345678'),
          b: { B: Uint8Array.from([0, 1, 255]) },
          t: { BOOL: true },
          z: { NULL: true },
          l: { L: [S('a'), N(1), { M: { deep: { L: [] } } }] },
          m: { M: { 'a.b': S('dotted') } },
          ss: { SS: ['x', 'y'] },
        };
        await put(item);
        expect(await get('types')).toEqual(item);
      });

      fact('a consistent read sees the write that was answered before it, every time', async () => {
        for (let i = 0; i < 50; i++) {
          await put({ ...key('latest'), v: N(i) });
          expect((await get('latest'))?.v).toEqual(N(i));
        }
      });

      fact('a put replaces, and gives the old item where asked', async () => {
        await put({ ...key('replace'), a: S('1') });
        const { Attributes } = await put({ ...key('replace'), b: S('2') }, { ReturnValues: 'ALL_OLD' });
        expect(Attributes).toEqual({ ...key('replace'), a: S('1') });
        expect(await get('replace')).toEqual({ ...key('replace'), b: S('2') });
      });

      fact('a delete gives the old item where asked, and is no error when nothing is there', async () => {
        await put({ ...key('delete'), a: S('1') });
        const remove = new DeleteItemCommand({ TableName, Key: key('delete'), ReturnValues: 'ALL_OLD' });
        expect((await client.send(remove)).Attributes).toEqual({ ...key('delete'), a: S('1') });
        expect((await client.send(remove)).Attributes).toBeUndefined();
      });

      fact('an item of 400 KB is taken, a larger one is refused, by put and by update', async () => {
        const room = 400 * 1024 - 'pk'.length - 'big'.length - 'sk'.length - 2 - 'v'.length;
        expect(await nameOf(put({ ...key('big'), v: S('x'.repeat(room - 10)) }))).toBe('ok');
        expect(await nameOf(put({ ...key('big'), v: S('x'.repeat(room + 10)) }))).toBe('ValidationException');
        const grow = update('big', 'SET w = :w', { ':w': S('x'.repeat(100)) });
        expect(await nameOf(grow)).toBe('ValidationException');
      });

      fact('many items are written and read at once: 25 puts and deletes, 100 keys', async () => {
        const rows = Array.from({ length: 24 }, (_, i) => ({ PutRequest: { Item: key('batch', i) } }));
        await put(key('batch', 99));
        const RequestItems = { [TableName]: [...rows, { DeleteRequest: { Key: key('batch', 99) } }] };
        await client.send(new BatchWriteItemCommand({ RequestItems }));
        const Keys = [...rows.map(({ PutRequest }) => PutRequest.Item), key('batch', 99)];
        const read = await client.send(
          new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }),
        );
        expect(read.Responses?.[TableName]?.length).toBe(24);
      });

      fact('a request that makes no sense is ValidationException', async () => {
        expect(await nameOf(put({ pk: S('no sort key') }))).toBe('ValidationException');
        expect(await nameOf(put({ pk: N(1), sk: N(1) }))).toBe('ValidationException');
        expect(await nameOf(put(key('')))).toBe('ValidationException');
        expect(await nameOf(update('syntax', 'SET a == :a', { ':a': N(1) }))).toBe('ValidationException');
        expect(await nameOf(update('unused', 'SET a = :a', { ':a': N(1), ':b': N(1) }))).toBe('ValidationException');
        expect(await nameOf(update('reserved', 'SET name = :a', { ':a': N(1) }))).toBe('ValidationException');
        expect(await nameOf(update('keys', 'SET sk = :a', { ':a': N(1) }))).toBe('ValidationException');
      });
    });

    describe('conditions', () => {
      fact('attribute_not_exists: of racing writers exactly one wins', async () => {
        for (let round = 0; round < 10; round++) {
          const ends = await Promise.all(
            Array.from({ length: 30 }, (_, i) =>
              nameOf(put({ ...key(`race${round}`), v: N(i) }, { ConditionExpression: 'attribute_not_exists(pk)' })),
            ),
          );
          expect(ends.filter((end) => end === 'ok').length).toBe(1);
          expect(new Set(ends)).toEqual(new Set(['ok', 'ConditionalCheckFailedException']));
        }
      });

      fact('ReturnValuesOnConditionCheckFailure gives the item that stood in the way', async () => {
        await put({ ...key('inTheWay'), owner: S('first') });
        const end = await failure(
          put(key('inTheWay'), {
            ConditionExpression: 'attribute_not_exists(pk)',
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        );
        expect(end).toMatchObject({ name: 'ConditionalCheckFailedException', Item: { owner: S('first') } });
      });

      fact('a failed condition changes nothing', async () => {
        await put({ ...key('kept'), v: N(1) });
        const extra = { ConditionExpression: 'v = :two', ExpressionAttributeValues: { ':two': N(2) } };
        expect(await nameOf(put(key('kept'), extra))).toBe('ConditionalCheckFailedException');
        const remove = new DeleteItemCommand({ TableName, Key: key('kept'), ...extra });
        expect(await nameOf(client.send(remove))).toBe('ConditionalCheckFailedException');
        expect(await get('kept')).toEqual({ ...key('kept'), v: N(1) });
      });

      fact('an optimistic lock lets one of many through', async () => {
        await put({ ...key('lock'), v: N(5) });
        const ends = await Promise.all(
          Array.from({ length: 20 }, () =>
            nameOf(update('lock', 'SET v = :new', { ':new': N(6), ':old': N(5) }, { ConditionExpression: 'v = :old' })),
          ),
        );
        expect(ends.filter((end) => end === 'ok').length).toBe(1);
      });

      fact(
        'comparisons and functions: <, BETWEEN, IN, begins_with, contains, size, attribute_type, NOT, OR',
        async () => {
          await put({ ...key('holds'), v: N(5), s: S('prefix-rest'), l: { L: [N(1), N(2)] }, ss: { SS: ['a'] } });
          const values = { ':four': N(4), ':six': N(6), ':p': S('prefix'), ':a': S('a'), ':two': N(2), ':t': S('S') };
          const holds = [
            'v > :four AND v < :six',
            'v BETWEEN :four AND :six',
            'NOT v IN (:four, :six)',
            'begins_with(s, :p)',
            'contains(ss, :a) OR v = :four',
            'size(l) = :two',
            'attribute_type(s, :t)',
            'attribute_exists(l[1]) AND attribute_not_exists(l[2])',
          ];
          for (const ConditionExpression of holds) {
            const used = Object.fromEntries(
              Object.entries(values).filter(([name]) => new RegExp(`${name}\\b`).test(ConditionExpression)),
            );
            const Key = key('holds');
            const check = (expression: string) =>
              nameOf(
                transact([
                  {
                    ConditionCheck: {
                      TableName,
                      Key,
                      ConditionExpression: expression,
                      ...(Object.keys(used).length > 0 && { ExpressionAttributeValues: used }),
                    },
                  },
                ]),
              );
            expect([ConditionExpression, await check(ConditionExpression)]).toEqual([ConditionExpression, 'ok']);
            expect(await check(`NOT (${ConditionExpression})`)).toBe('TransactionCanceledException');
          }
        },
      );
    });

    describe('update expressions', () => {
      fact('SET, ADD and REMOVE make an item and change it, with if_not_exists and list_append', async () => {
        const expression =
          'SET a = if_not_exists(a, :zero) + :one, l = list_append(if_not_exists(l, :empty), :l), m = :m ADD c :one, ss :ss REMOVE gone';
        const values = {
          ':zero': N(0),
          ':one': N(1),
          ':empty': { L: [] },
          ':l': { L: [S('x')] },
          ':m': { M: { k: N(1) } },
          ':ss': { SS: ['q'] },
        };
        await update('update', expression, values);
        const { Attributes } = await update('update', expression, values, { ReturnValues: 'ALL_NEW' });
        expect(Attributes).toEqual({
          ...key('update'),
          a: N(2),
          l: { L: [S('x'), S('x')] },
          m: { M: { k: N(1) } },
          c: N(2),
          ss: { SS: ['q'] },
        });
      });

      fact('nested paths: a key of a map, an element of a list', async () => {
        await put({ ...key('nested'), m: { M: { k: N(1) } }, l: { L: [S('a'), S('b')] } });
        await update('nested', 'SET m.k = m.k + :n, l[0] = :y REMOVE l[1]', { ':n': N(4), ':y': S('y') });
        expect(await get('nested')).toEqual({ ...key('nested'), m: { M: { k: N(5) } }, l: { L: [S('y')] } });
      });

      fact('ReturnValues: UPDATED_OLD, UPDATED_NEW, ALL_OLD', async () => {
        await put({ ...key('returns'), a: N(1), b: N(2) });
        const set = (ReturnValues: 'UPDATED_OLD' | 'UPDATED_NEW' | 'ALL_OLD') =>
          update('returns', 'SET a = a + :one', { ':one': N(1) }, { ReturnValues });
        expect((await set('UPDATED_OLD')).Attributes).toEqual({ a: N(1) });
        expect((await set('UPDATED_NEW')).Attributes).toEqual({ a: N(3) });
        expect((await set('ALL_OLD')).Attributes).toEqual({ ...key('returns'), a: N(3), b: N(2) });
      });

      fact('a counter counts every one of its concurrent increments', async () => {
        await Promise.all(Array.from({ length: 100 }, () => update('counter', 'ADD n :one', { ':one': N(1) })));
        expect((await get('counter'))?.n).toEqual(N(100));
      });

      fact('numbers keep 38 digits', async () => {
        await put({ ...key('digits'), n: N('12345678901234567890123456789012345677') });
        await update('digits', 'SET n = n + :one', { ':one': N(1) });
        expect((await get('digits'))?.n).toEqual(N('12345678901234567890123456789012345678'));
      });

      fact('reading an attribute that is not there is ValidationException', async () => {
        expect(await nameOf(update('missing', 'SET a = b + :one', { ':one': N(1) }))).toBe('ValidationException');
        expect(await get('missing')).toBeUndefined();
      });
    });

    describe('queries', () => {
      const numbers = [-100, -9.5, 0, 1, 2, 10, 11, 100, '12345678901234567890123456789012345678'];
      const read = (found: { Items?: Item[] | undefined }) => (found.Items ?? []).map(({ sk }) => sk?.N);
      const of = { KeyConditionExpression: 'pk = :p' };

      beforeAll(async () => {
        await Promise.all(numbers.map((sk) => put({ ...key('q', sk), even: { BOOL: Number(sk) % 2 === 0 } })));
        const large = Array.from({ length: 30 }, (_, i) => put({ ...key('large', i), pad: S('x'.repeat(100_000)) }));
        await Promise.all(large);
      });

      fact('sort keys that are numbers sort as numbers, forwards and backwards', async () => {
        expect(read(await query({ ':p': S('q') }, of))).toEqual(numbers.map(String));
        expect(read(await query({ ':p': S('q') }, { ...of, ScanIndexForward: false }))).toEqual(
          numbers.map(String).reverse(),
        );
      });

      fact('a range of sort keys: BETWEEN, <, >=', async () => {
        const ranged = async (condition: string, values: Item) =>
          read(await query({ ':p': S('q'), ...values }, { KeyConditionExpression: `pk = :p AND ${condition}` }));
        expect(await ranged('sk BETWEEN :a AND :b', { ':a': N(0), ':b': N(10) })).toEqual(['0', '1', '2', '10']);
        expect(await ranged('sk < :a', { ':a': N(0) })).toEqual(['-100', '-9.5']);
        expect(await ranged('sk >= :a', { ':a': N(11) })).toEqual(numbers.slice(6).map(String));
      });

      fact('pages by Limit and LastEvaluatedKey give each item once', async () => {
        const seen: (string | undefined)[] = [];
        let ExclusiveStartKey: Item | undefined;
        do {
          const page = await query(
            { ':p': S('q') },
            { ...of, Limit: 4, ...(ExclusiveStartKey && { ExclusiveStartKey }) },
          );
          seen.push(...read(page));
          ExclusiveStartKey = page.LastEvaluatedKey;
        } while (ExclusiveStartKey !== undefined);
        expect(seen).toEqual(numbers.map(String));
      });

      fact('a page ends at 1 MB without a Limit', async () => {
        const first = await query({ ':p': S('large') }, of);
        expect(first.Items!.length).toBeGreaterThanOrEqual(10);
        expect(first.Items!.length).toBeLessThan(12);
        const seen = read(first);
        let ExclusiveStartKey = first.LastEvaluatedKey;
        while (ExclusiveStartKey !== undefined) {
          const page = await query({ ':p': S('large') }, { ...of, ExclusiveStartKey });
          seen.push(...read(page));
          ExclusiveStartKey = page.LastEvaluatedKey;
        }
        expect(seen).toEqual(Array.from({ length: 30 }, (_, i) => String(i)));
      });

      fact('a filter leaves items out after they are counted, a projection leaves attributes out', async () => {
        const found = await query(
          { ':p': S('q'), ':t': { BOOL: true } },
          { ...of, FilterExpression: 'even = :t', ProjectionExpression: 'sk' },
        );
        expect(found.ScannedCount).toBe(numbers.length);
        expect(found.Items).toContainEqual({ sk: N(2) });
        expect(found.Items).not.toContainEqual({ sk: N(1) });
      });

      fact('a scan in pages sees every item once', async () => {
        const seen: string[] = [];
        let ExclusiveStartKey: Item | undefined;
        do {
          const page = await client.send(
            new ScanCommand({
              TableName,
              Limit: 7,
              FilterExpression: 'pk = :p',
              ExpressionAttributeValues: { ':p': S('q') },
              ...(ExclusiveStartKey && { ExclusiveStartKey }),
            }),
          );
          seen.push(...(page.Items ?? []).map(({ sk }) => sk!.N!));
          ExclusiveStartKey = page.LastEvaluatedKey;
        } while (ExclusiveStartKey !== undefined);
        expect(seen.sort()).toEqual(numbers.map(String).sort());
      });
    });

    describe('transactions', () => {
      fact('all of it happens', async () => {
        await transact([putNew(key('tx1')), count('txCount1'), { Delete: { TableName, Key: key('txNone') } }]);
        expect(await get('tx1')).toEqual(key('tx1'));
        expect((await get('txCount1'))?.n).toEqual(N(1));
      });

      fact('a failed condition cancels all of it, with a reason for each item in order', async () => {
        await put({ ...key('txTaken'), owner: S('first') });
        const taken = putNew(key('txTaken'));
        taken.Put!.ReturnValuesOnConditionCheckFailure = 'ALL_OLD';
        const end = await failure(transact([count('txCount2'), taken, putNew(key('tx2'))]));
        expect(end).toMatchObject({
          name: 'TransactionCanceledException',
          CancellationReasons: [
            { Code: 'None' },
            { Code: 'ConditionalCheckFailed', Item: { owner: S('first') } },
            { Code: 'None' },
          ],
        });
        expect((end as Failure).message).toContain('[None, ConditionalCheckFailed, None]');
        expect([await get('txCount2'), await get('tx2')]).toEqual([undefined, undefined]);
      });

      fact('ConditionCheck holds an item to a condition and does not change it', async () => {
        await put({ ...key('txChecked'), v: N(1) });
        const check = (v: number): TransactWriteItem => ({
          ConditionCheck: {
            TableName,
            Key: key('txChecked'),
            ConditionExpression: 'v = :v',
            ExpressionAttributeValues: { ':v': N(v) },
          },
        });
        expect(await nameOf(transact([check(1), putNew(key('tx3'))]))).toBe('ok');
        expect(await nameOf(transact([check(2), putNew(key('tx4'))]))).toBe('TransactionCanceledException');
        expect(await get('txChecked')).toEqual({ ...key('txChecked'), v: N(1) });
      });

      fact('of racing transactions on one item exactly one wins, and what goes with it is counted once', async () => {
        for (let round = 0; round < 5; round++) {
          const ends = await Promise.all(
            Array.from({ length: 20 }, () => nameOf(transact([putNew(key(`txRace${round}`)), count('txRaces')]))),
          );
          expect(ends.filter((end) => end === 'ok').length).toBe(1);
          expect((await get('txRaces'))?.n).toEqual(N(round + 1));
        }
      });

      fact('100 items are taken, 101 are refused', async () => {
        const items = Array.from({ length: 101 }, (_, i) => putNew(key('txMany', i)));
        expect(await nameOf(transact(items))).toBe('ValidationException');
        expect(await nameOf(transact(items.slice(0, 100)))).toBe('ok');
        expect((await query({ ':p': S('txMany') }, { KeyConditionExpression: 'pk = :p' })).Count).toBe(100);
      });

      fact('items of more than 4 MB together are refused', async () => {
        const items = (count: number) =>
          Array.from({ length: count }, (_, i) => putNew({ ...key('txLarge', i), v: S('x'.repeat(390_000)) }));
        expect(await nameOf(transact(items(12)))).not.toBe('ok');
        expect(await get('txLarge', 0)).toBeUndefined();
        expect(await nameOf(transact(items(10)))).toBe('ok');
      });

      fact('two operations on one item are refused', async () => {
        expect(await nameOf(transact([count('txTwice'), count('txTwice')]))).toBe('ValidationException');
      });

      fact('a ClientRequestToken makes the same request happen once', async () => {
        const ClientRequestToken = randomUUID();
        for (let i = 0; i < 3; i++) await transact([count('txToken')], { ClientRequestToken });
        expect((await get('txToken'))?.n).toEqual(N(1));
        await transact([count('txToken')], { ClientRequestToken: randomUUID() });
        expect((await get('txToken'))?.n).toEqual(N(2));
      });

      fact('the same token with another request is IdempotentParameterMismatchException', async () => {
        const ClientRequestToken = randomUUID();
        await transact([count('txMismatch')], { ClientRequestToken });
        const end = await nameOf(transact([count('txOther')], { ClientRequestToken }));
        expect(end).toBe('IdempotentParameterMismatchException');
        expect(await get('txOther')).toBeUndefined();
      });

      fact('a token of a cancelled transaction is not used up', async () => {
        const ClientRequestToken = randomUUID();
        await put(key('txLater'));
        const items = [putNew(key('txLater')), count('txLaterCount')];
        expect(await nameOf(transact(items, { ClientRequestToken }))).toBe('TransactionCanceledException');
        await client.send(new DeleteItemCommand({ TableName, Key: key('txLater') }));
        expect(await nameOf(transact(items, { ClientRequestToken }))).toBe('ok');
        expect((await get('txLaterCount'))?.n).toEqual(N(1));
      });

      fact('a syntax error refuses the whole request', async () => {
        const wrong: TransactWriteItem = { Put: { TableName, Item: key('txSyntax'), ConditionExpression: 'v = = :v' } };
        expect(await nameOf(transact([wrong, count('txSyntaxCount')]))).toBe('ValidationException');
        expect(await get('txSyntaxCount')).toBeUndefined();
      });

      fact('a query beside transactions sees what is committed and nothing else', async () => {
        await transact([putNew({ ...key('txSeen', 1), n: N(0) }), putNew({ ...key('txSeen', 2), n: N(0) })]);
        const set = (sk: number, n: number, condition: string): TransactWriteItem => ({
          Update: {
            TableName,
            Key: key('txSeen', sk),
            UpdateExpression: 'SET n = :n',
            ConditionExpression: condition,
            ExpressionAttributeValues: { ':n': N(n) },
          },
        });
        let done = false;
        const writer = (async () => {
          for (let i = 1; i <= 20; i++) {
            await nameOf(transact([set(1, -i, 'attribute_exists(pk)'), set(2, -i, 'attribute_not_exists(pk)')]));
            await transact([set(1, i, 'attribute_exists(pk)'), set(2, i, 'attribute_exists(pk)')]);
          }
        })().finally(() => {
          done = true;
        });
        const last = [0, 0];
        while (!done) {
          const { Items } = await query({ ':p': S('txSeen') }, { KeyConditionExpression: 'pk = :p' });
          for (const [i, item] of Items!.entries()) {
            expect(Number(item.n!.N)).toBeGreaterThanOrEqual(last[i]!);
            last[i] = Number(item.n!.N);
          }
        }
        await writer;
      });

      fact('TransactGetItems reads items as they are together', async () => {
        const both = ['txLeft', 'txRight'];
        await transact(both.map(count));
        let done = false;
        const writer = (async () => {
          for (let i = 0; i < 40; i++) await transact(both.map(count));
        })().finally(() => {
          done = true;
        });
        const Get = (pk: string) => ({ Get: { TableName, Key: key(pk) } });
        while (!done) {
          const { Responses } = await client.send(new TransactGetItemsCommand({ TransactItems: both.map(Get) }));
          expect(Responses![0]!.Item!.n).toEqual(Responses![1]!.Item!.n);
        }
        await writer;
      });
    });

    describe('streams', () => {
      const about = (pk: string) => (record: StreamRecord) => record.dynamodb?.Keys?.pk?.S === pk;

      fact(
        'each change is a record: INSERT, MODIFY, REMOVE, in order, with keys alone where KEYS_ONLY was asked',
        async () => {
          const at = await readers('LATEST');
          await put({ ...key('sA'), v: N(1) });
          await put({ ...key('sA'), v: N(2) });
          await client.send(new DeleteItemCommand({ TableName, Key: key('sA') }));
          const seen = (await records(at, (all) => all.filter(about('sA')).length >= 3)).filter(about('sA'));
          expect(seen.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY', 'REMOVE']);
          expect(seen[0]?.dynamodb).toMatchObject({ Keys: key('sA'), StreamViewType: 'KEYS_ONLY' });
          expect(seen[0]?.dynamodb?.NewImage).toBeUndefined();
          const sequence = seen.map(({ dynamodb }) => BigInt(dynamodb!.SequenceNumber!));
          expect(sequence.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(sequence);
        },
      );

      fact('a record tells when it was made, in seconds', async () => {
        const at = await readers('LATEST');
        await put(key('sTime'));
        const [record] = (await records(at, (all) => all.some(about('sTime')))).filter(about('sTime'));
        const made = record!.dynamodb!.ApproximateCreationDateTime!.getTime();
        expect(Math.abs(made - Date.now())).toBeLessThan(60_000);
      });

      fact('a write that changes nothing and one that is refused make no record', async () => {
        await put({ ...key('sSame'), v: N(1) });
        const at = await readers('LATEST');
        await put({ ...key('sSame'), v: N(1) });
        await nameOf(put(key('sSame'), { ConditionExpression: 'attribute_not_exists(pk)' }));
        await nameOf(transact([putNew(key('sSame')), count('sNever')]));
        await put(key('sEnd'));
        const seen = await records(at, (all) => all.some(about('sEnd')));
        expect(seen.filter(about('sSame'))).toEqual([]);
        expect(seen.filter(about('sNever'))).toEqual([]);
      });

      fact('all records of a transaction arrive, together or apart', async () => {
        const at = await readers('LATEST');
        const keys = Array.from({ length: 10 }, (_, i) => key('sTx', i));
        await transact(keys.map(putNew));
        const seen = (await records(at, (all) => all.filter(about('sTx')).length >= 10)).filter(about('sTx'));
        expect(new Set(seen.map(({ dynamodb }) => dynamodb!.Keys!.sk!.N))).toEqual(
          new Set(keys.map(({ sk }) => sk!.N)),
        );
      });

      fact('TRIM_HORIZON begins with the first change of the table', async () => {
        const seen = await records(await readers('TRIM_HORIZON'), (all) => all.some(about('sA')));
        expect(seen.some(about('replace'))).toBe(true);
      });
    });

    describe('time to live', () => {
      const name = `${TableName}Ttl`;
      const putIn = (item: Item) => client.send(new PutItemCommand({ TableName: name, Item: item }));
      const names = async () => {
        const { Items = [] } = await client.send(new ScanCommand({ TableName: name, ConsistentRead: true }));
        return Items.map(({ pk }) => pk?.S).sort();
      };

      beforeAll(async () => {
        await client.send(
          new CreateTableCommand({
            TableName: name,
            BillingMode: 'PAY_PER_REQUEST',
            KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
            AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
            StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
          }),
        );
        await waitUntilTableExists({ client, maxWaitTime: 20, minDelay: 1 }, { TableName: name });
      });

      fact('is off until it is switched on', async () => {
        const describe = new DescribeTimeToLiveCommand({ TableName: name });
        expect((await client.send(describe)).TimeToLiveDescription?.TimeToLiveStatus).toBe('DISABLED');
        const TimeToLiveSpecification = { AttributeName: 'expireTime', Enabled: true };
        await client.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification }));
        const { TimeToLiveDescription } = await client.send(describe);
        expect(TimeToLiveDescription).toMatchObject({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expireTime' });
      });

      fact('deletes what has expired, by epoch seconds, and nothing else', async () => {
        const nowSeconds = Math.floor(Date.now() / 1000);
        await putIn({ pk: S('past'), expireTime: N(nowSeconds - 60) });
        await putIn({ pk: S('future'), expireTime: N(nowSeconds + 3600) });
        await putIn({ pk: S('text'), expireTime: S(String(nowSeconds - 60)) });
        await putIn({ pk: S('never') });
        const left = ['future', 'never', 'text'];
        await vi.waitFor(async () => expect(await names()).toEqual(left), { timeout: 50_000, interval: 200 });
      });

      fact('its deletions are in the stream and say who made them', async () => {
        const at = await readers('TRIM_HORIZON', name);
        const isRemoval = ({ eventName }: StreamRecord) => eventName === 'REMOVE';
        const removals = (await records(at, (all) => all.some(isRemoval))).filter(isRemoval);
        expect(removals.map(({ dynamodb }) => dynamodb?.Keys)).toEqual([{ pk: S('past') }]);
        expect(removals[0]?.dynamodb?.OldImage?.pk).toEqual(S('past'));
        expect(removals[0]?.userIdentity).toEqual({ Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' });
      });
    });
  });
}
