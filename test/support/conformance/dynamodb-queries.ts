import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, expect } from 'vitest';
import { type DynamodbProbe, type Fact, type Item, N, S } from './dynamodb-probe.ts';

/** Query and Scan: order, ranges, pages, filters. */
export function queryFacts({ key, TableName, client, put, putPatiently, query }: DynamodbProbe, fact: Fact): void {
  const numbers = [-100, -9.5, 0, 1, 2, 10, 11, 100, '12345678901234567890123456789012345678'];
  const read = (found: { Items?: Item[] | undefined }) => (found.Items ?? []).map(({ sk }) => sk?.N);
  const of = { KeyConditionExpression: 'pk = :p' };

  beforeAll(async () => {
    await Promise.all(numbers.map((sk) => put({ ...key('q', sk), even: { BOOL: Number(sk) % 2 === 0 } })));
    const large = Array.from({ length: 30 }, (_, i) =>
      putPatiently({ ...key('large', i), pad: S('x'.repeat(100_000)) }),
    );
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
      const page = await query({ ':p': S('q') }, { ...of, Limit: 4, ...(ExclusiveStartKey && { ExclusiveStartKey }) });
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
      const page = await client().send(
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
}
