import { expect } from 'vitest';
import { type DynamodbProbe, type Fact, N, nameOf, S } from './dynamodb-probe.ts';

/** Update expressions and what they return. */
export function updateFacts({ key, put, get, update }: DynamodbProbe, fact: Fact): void {
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
}
