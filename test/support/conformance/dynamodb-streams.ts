import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import type { _Record as StreamRecord } from '@aws-sdk/client-dynamodb-streams';
import { expect } from 'vitest';
import { type DynamodbProbe, type Fact, N, nameOf } from './dynamodb-probe.ts';

/** A table's stream of changes. */
export function streamFacts(
  { update, TableName, client, key, put, transact, putNew, count, readers, records }: DynamodbProbe,
  fact: Fact,
): void {
  const about = (pk: string) => (record: StreamRecord) => record.dynamodb?.Keys?.pk?.S === pk;

  fact(
    'each change is a record: INSERT, MODIFY, REMOVE, in order, with keys alone where KEYS_ONLY was asked',
    async () => {
      const at = await readers('LATEST');
      await put({ ...key('sA'), v: N(1) });
      await put({ ...key('sA'), v: N(2) });
      await client().send(new DeleteItemCommand({ TableName, Key: key('sA') }));
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
    await update('sSame', 'SET v = :v', { ':v': N(1) });
    await client().send(new DeleteItemCommand({ TableName, Key: key('sNotThere') }));
    await nameOf(put(key('sSame'), { ConditionExpression: 'attribute_not_exists(pk)' }));
    await nameOf(transact([putNew(key('sSame')), count('sNever')]));
    await put(key('sEnd'));
    const seen = await records(at, (all) => all.some(about('sEnd')));
    expect(seen.filter(about('sSame'))).toEqual([]);
    expect(seen.filter(about('sNever'))).toEqual([]);
    expect(seen.filter(about('sNotThere'))).toEqual([]);
  });

  fact('all records of a transaction arrive, together or apart', async () => {
    const at = await readers('LATEST');
    const keys = Array.from({ length: 10 }, (_, i) => key('sTx', i));
    await transact(keys.map(putNew));
    const seen = (await records(at, (all) => all.filter(about('sTx')).length >= 10)).filter(about('sTx'));
    expect(new Set(seen.map(({ dynamodb }) => dynamodb!.Keys!.sk!.N))).toEqual(new Set(keys.map(({ sk }) => sk!.N)));
  });

  fact('records of a transaction come apart, others between them, those of one item in order', async () => {
    const at = await readers('LATEST');
    const names = ['sTxA', 'sTxB', 'sTxC'];
    const write = async (name: string) => {
      await transact(Array.from({ length: 10 }, (_, i) => putNew(key(name, i))));
      await put({ ...key(name, 9), v: N(1) });
    };
    await Promise.all(names.map(write));
    const ours = ({ dynamodb }: StreamRecord) => names.includes(dynamodb!.Keys!.pk!.S!);
    const seen = (await records(at, (all) => all.filter(ours).length >= 33)).filter(ours);
    const sources = seen.map(({ dynamodb }) => dynamodb!.Keys!.pk!.S);
    const runs = sources.filter((name, i) => name !== sources[i - 1]).length;
    expect(runs).toBeGreaterThan(2 * names.length);
    for (const name of names) {
      const changes = seen.filter((record) => about(name)(record) && record.dynamodb!.Keys!.sk!.N === '9');
      expect(changes.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY']);
    }
  });

  fact('TRIM_HORIZON begins with what was changed before anyone read', async () => {
    await put(key('sBefore'));
    const seen = await records(await readers('TRIM_HORIZON'), (all) => all.some(about('sBefore')));
    expect(seen.find(about('sBefore'))?.eventName).toBe('INSERT');
  });
}
