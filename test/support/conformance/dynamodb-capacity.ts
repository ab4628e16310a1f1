import { BatchWriteItemCommand, type ThrottlingException, TransactGetItemsCommand } from '@aws-sdk/client-dynamodb';
import { expect, vi } from 'vitest';
import { type DynamodbProbe, type Fact, failure, nameOf, S } from './dynamodb-probe.ts';

const pad = S('x'.repeat(390_000));
/** At 381 units each, far more than a partition serves within the seconds that they take. */
const writes = 16;

/** What one partition serves: 1,000 write and 3,000 read units a second. */
export function capacityFacts(
  { TableName, client, key, put, putPatiently, get, transact, putNew }: DynamodbProbe,
  fact: Fact,
): void {
  const writeAtOnce = (pk: string) =>
    Promise.all(Array.from({ length: writes }, (_, i) => failure(put({ ...key(pk, i), pad }))));

  /** Leaves the partition two seconds' worth of units behind. */
  const heat = (pk: string) => transact([1, 2, 3, 4].map((sk) => putNew({ ...key(pk, sk), pad })));

  fact('a partition key written to beyond 1,000 units a second is throttled, and the error says so', async () => {
    const ends = await writeAtOnce('hotWrite');
    const refused = ends.filter((end) => end !== 'ok');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(writes);
    for (const end of refused) {
      expect(end.name).toBe('ThrottlingException');
      const [why] = (end as unknown as ThrottlingException).throttlingReasons ?? [];
      expect(why?.reason).toBe('TableWriteKeyRangeThroughputExceeded');
      expect(why?.resource).toContain(TableName);
    }
  });

  fact('what was throttled has not happened', async () => {
    const ends = await writeAtOnce('hotNothing');
    expect(ends).toContainEqual(expect.objectContaining({ name: 'ThrottlingException' }));
    for (const [i, end] of ends.entries()) {
      const found = await vi.waitFor(() => get('hotNothing', i), { timeout: 20_000 });
      expect(found === undefined).toBe(end !== 'ok');
    }
  });

  fact('other partition keys are served meanwhile, and the hot one again a little later', async () => {
    await heat('hotAlone');
    expect(await nameOf(put(key('hotAlone')))).toBe('ThrottlingException');
    expect(await nameOf(put(key('cool')))).toBe('ok');
    await putPatiently(key('hotAlone'));
  });

  fact('a transaction with an item of a hot partition is cancelled for ThrottlingError', async () => {
    await heat('hotTransaction');
    const end = await failure(transact([putNew(key('coolTransaction')), putNew(key('hotTransaction', 99))]));
    expect(end).toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'None' }, { Code: 'ThrottlingError' }],
    });
    expect(await get('coolTransaction')).toBeUndefined();
  });

  fact('a batch gives back what a hot partition does not take', async () => {
    await heat('hotBatch');
    const request = (pk: string) => ({ PutRequest: { Item: key(pk, 99) } });
    const { UnprocessedItems } = await client().send(
      new BatchWriteItemCommand({ RequestItems: { [TableName]: [request('coolBatch'), request('hotBatch')] } }),
    );
    expect(UnprocessedItems).toEqual({ [TableName]: [request('hotBatch')] });
    expect(await get('coolBatch', 99)).toBeDefined();
  });

  fact('a partition key read from beyond 3,000 units a second is throttled', async () => {
    for (const sk of [1, 2, 3]) await putPatiently({ ...key('hotRead', sk), pad });
    const TransactItems = [1, 2, 3].map((sk) => ({ Get: { TableName, Key: key('hotRead', sk) } }));
    const ends = await Promise.all(
      Array.from({ length: 20 }, () => failure(client().send(new TransactGetItemsCommand({ TransactItems })))),
    );
    expect(ends).toContain('ok');
    expect(ends).toContainEqual(
      expect.objectContaining({
        name: 'TransactionCanceledException',
        CancellationReasons: [1, 2, 3].map(() => expect.objectContaining({ Code: 'ThrottlingError' })),
      }),
    );
    expect(await Promise.all(Array.from({ length: 60 }, () => nameOf(get('hotRead'))))).toContain(
      'ThrottlingException',
    );
  });
}
