import { randomUUID } from 'node:crypto';
import { DeleteItemCommand, TransactGetItemsCommand, type TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import { type DynamodbProbe, type Fact, type Failure, failure, N, nameOf, S } from './dynamodb-probe.ts';

/** Transactions: all or nothing, limits, tokens, what others see meanwhile. */
export function transactionFacts(
  { TableName, client, key, put, get, query, transact, putNew, count }: DynamodbProbe,
  fact: Fact,
): void {
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
    await client().send(new DeleteItemCommand({ TableName, Key: key('txLater') }));
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
      const { Responses } = await client().send(new TransactGetItemsCommand({ TransactItems: both.map(Get) }));
      expect(Responses![0]!.Item!.n).toEqual(Responses![1]!.Item!.n);
    }
    await writer;
  });
}
