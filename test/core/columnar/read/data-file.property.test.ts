import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import { openDataFile, type Row } from '#columnar/read/data-file.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import { memoryObjectStore } from '../../../support/memory-object-store.ts';
import { dataType, nullable } from '../../../support/random-values.ts';
import { field } from '../../../support/schemas.ts';

const table = fc
  .array(dataType, { minLength: 1, maxLength: 3 })
  .map((types) => types.map((type, index) => field(`c${index}`, type)))
  .chain((fields) =>
    fc.record({
      fields: fc.constant(fields),
      rows: fc.array(fc.tuple(...fields.map(({ type }) => nullable(type))), { minLength: 1, maxLength: 12 }),
    }),
  );

test('what is written is read, whatever the types, however deep', { timeout: 30_000 }, async () => {
  const property = fc.asyncProperty(table, async ({ fields, rows }) => {
    const columns = new RowColumns(fields);
    for (const row of rows) columns.append(row.map(([written]) => written));
    const store = memoryObjectStore();
    await store.put('x.parquet', (await encodeParquet(columns, 'none')).bytes);
    const file = await openDataFile(store, 'x.parquet', 'none');
    const found = (await Array.fromAsync(file.batches(fields))).flat();
    const wanted = rows.map(
      (row): Row => Object.fromEntries(row.map(([, read], index) => [fields[index]!.name, read])),
    );
    expect(found).toEqual(wanted);
  });
  await fc.assert(property, { numRuns: 300 });
});
