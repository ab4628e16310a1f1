import { expect, test } from 'vitest';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import { openDataFile } from '#columnar/read/data-file.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import { memoryObjectStore } from '../../../support/memory-object-store.ts';
import { field, listOf, struct } from '../../../support/schemas.ts';

test('names are told apart whatever they mean to JavaScript, and whatever dots are in them', async () => {
  const fields = [
    field('__proto__', 'boolean'),
    field('constructor', 'long'),
    field('a.b', 'string'),
    field('a', struct(field('b.c', 'string'), field('b', struct(field('c', 'string'))), field('__proto__', 'double'))),
    field('a%2Eb', 'string'),
    field('list', listOf(struct(field('__proto__', 'string')))),
  ];
  const columns = new RowColumns(fields);
  columns.append([true, 1n, 'dotted', ['flat', ['deep'], 1.5], 'escaped', [['item'], null]]);
  columns.append([false, null, null, null, null, []]);
  const store = memoryObjectStore();
  await store.put('x.parquet', (await encodeParquet(columns, 'none')).bytes);
  const file = await openDataFile(store, 'x.parquet', 'none');
  const rows = (await Array.fromAsync(file.batches(fields))).flat();
  expect(JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))).toBe(
    '[{"__proto__":true,"constructor":"1n","a.b":"dotted","a":{"b.c":"flat","b":{"c":"deep"},"__proto__":1.5},"a%2Eb":"escaped",' +
      '"list":[{"__proto__":"item"},null]},{"__proto__":false,"constructor":null,"a.b":null,"a":null,"a%2Eb":null,"list":[]}]',
  );
});
