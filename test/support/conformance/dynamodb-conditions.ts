import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import { type DynamodbProbe, type Fact, failure, N, nameOf, S } from './dynamodb-probe.ts';

/** Condition expressions, alone and racing. */
export function conditionFacts(
  { TableName, client, key, put, get, update, transact }: DynamodbProbe,
  fact: Fact,
): void {
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
    expect(await nameOf(client().send(remove))).toBe('ConditionalCheckFailedException');
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

  fact('comparisons and functions: <, BETWEEN, IN, begins_with, contains, size, attribute_type, NOT, OR', async () => {
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
  });
}
