import { expect, test } from 'vitest';
import { encodeParquet } from '#columnar/encode-parquet.ts';
import { RowColumns } from '#columnar/row-columns.ts';
import type { AddFile } from '#delta/actions.ts';
import { serializeSchema } from '#delta/schema.ts';
import { mergeBin } from '#pipeline/merge-bin.ts';
import { memoryObjectStore } from '../../support/memory-object-store.ts';
import { column } from '../../support/optimized-table.ts';

test('a column that files have under a name of another case is not said to be null', async () => {
  const store = memoryObjectStore();
  const files: AddFile[] = [];
  for (const [path, value] of [
    ['a.parquet', 1n],
    ['b.parquet', 2n],
  ] as const) {
    const columns = new RowColumns([column('ID', 'long')]);
    columns.append([value]);
    const { bytes } = await encodeParquet(columns, 'snappy');
    await store.put(path, bytes);
    const stats = `{"numRecords":1,"minValues":{"id":${value}},"maxValues":{"id":${value}},"nullCount":{"id":0}}`;
    files.push({ path, partitionValues: {}, size: bytes.length, modificationTime: 1, dataChange: true, stats });
  }
  const merged = await mergeBin(
    { files, partitionValues: {} },
    {
      schemaString: serializeSchema({ type: 'struct', fields: [column('id', 'long')] }),
      partitionColumns: [],
      configuration: {},
    },
    { targetBytes: 2 ** 20, order: undefined, minRowGroupBytes: 1, compression: 'snappy' },
    {
      store,
      rewriter: { rewrite: () => Promise.reject(new Error('expected row groups to be copied')) },
      clock: () => 2,
      ids: () => 'new',
    },
  );
  expect(merged.how).toBe('copied');
  expect(JSON.parse(merged.outputs[0]!.stats!)).toEqual({
    numRecords: 2,
    minValues: { id: 1 },
    maxValues: { id: 2 },
    nullCount: { id: 0 },
  });
});
