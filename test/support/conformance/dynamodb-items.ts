import { BatchGetItemCommand, BatchWriteItemCommand, DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { expect } from 'vitest';
import { type DynamodbProbe, type Fact, type Item, N, nameOf, S } from './dynamodb-probe.ts';

/** Single items: values, limits, batches, nonsense. */
export function itemFacts({ TableName, client, key, put, get, update }: DynamodbProbe, fact: Fact): void {
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
    expect((await client().send(remove)).Attributes).toEqual({ ...key('delete'), a: S('1') });
    expect((await client().send(remove)).Attributes).toBeUndefined();
  });

  fact('an item of 400 KB is taken, a larger one is refused, by put and by update', async () => {
    const room = 400 * 1024 - 'pk'.length - 'big'.length - 'sk'.length - 2 - 'v'.length;
    expect(await nameOf(put({ ...key('big'), v: S('x'.repeat(room - 10)) }))).toBe('ok');
    expect(await nameOf(put({ ...key('big'), v: S('x'.repeat(room + 10)) }))).toBe('ValidationException');
    const grow = update('big', 'SET w = :w', { ':w': S('x'.repeat(100)) });
    expect(await nameOf(grow)).toBe('ValidationException');
  });

  fact('an item is counted in bytes of UTF-8', async () => {
    expect(await nameOf(put({ ...key('utf8'), v: S('é'.repeat(203_000)) }))).toBe('ok');
    expect(await nameOf(put({ ...key('utf8'), v: S('é'.repeat(206_000)) }))).toBe('ValidationException');
  });

  fact('many items are written and read at once: 25 puts and deletes, 100 keys', async () => {
    const rows = Array.from({ length: 24 }, (_, i) => ({ PutRequest: { Item: key('batch', i) } }));
    await put(key('batch', 99));
    const RequestItems = { [TableName]: [...rows, { DeleteRequest: { Key: key('batch', 99) } }] };
    await client().send(new BatchWriteItemCommand({ RequestItems }));
    const Keys = [...rows.map(({ PutRequest }) => PutRequest.Item), key('batch', 99)];
    const read = await client().send(
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
}
