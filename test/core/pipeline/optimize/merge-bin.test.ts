import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import type { AddFile } from '#delta/actions.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { serializeSchema } from '#delta/schema.ts';
import { mergeBin } from '#pipeline/optimize/merge-bin.ts';
import { memoryObjectStore } from '../../../support/memory-object-store.ts';
import { field } from '../../../support/schemas.ts';

test('a column that files have under a name of another case is not said to be null', async () => {
  const store = memoryObjectStore();
  const files: AddFile[] = [];
  for (const [path, value] of [
    ['a.parquet', 1n],
    ['b.parquet', 2n],
  ] as const) {
    const columns = new RowColumns([field('ID', 'long')]);
    columns.append([value]);
    const { bytes } = await encodeParquet(columns, 'snappy');
    await store.put(path, bytes);
    const stats = `{"numRecords":1,"minValues":{"id":${value}},"maxValues":{"id":${value}},"nullCount":{"id":0}}`;
    files.push({ path, partitionValues: {}, size: bytes.length, modificationTime: 1, dataChange: true, stats });
  }
  const merged = await mergeBin(
    { files, partitionValues: {} },
    {
      schemaString: serializeSchema({ type: 'struct', fields: [field('id', 'long')] }),
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

describe('old dates that Spark wrote by the calendar before', () => {
  const schemaString = serializeSchema({ type: 'struct', fields: [field('day', 'date')] });
  const daysIn = (text: string) => Date.parse(text) / 86_400_000;

  /** One file of one date; `legacy` as Spark marks it. */
  async function dated(store: ObjectStore, path: string, day: string, legacy: boolean): Promise<AddFile> {
    const kvMetadata = legacy ? [{ key: 'org.apache.spark.legacyDateTime', value: '' }] : [];
    const bytes = new Uint8Array(
      parquetWriteBuffer({
        schema: [
          { name: 'root', num_children: 1 },
          { name: 'day', type: 'INT32', converted_type: 'DATE', repetition_type: 'OPTIONAL' },
        ],
        columnData: [{ name: 'day', data: [new Date(daysIn(day) * 86_400_000)] }],
        kvMetadata,
      }),
    );
    await store.put(path, bytes);
    const stats = `{"numRecords":1,"minValues":{"day":"${day}"},"maxValues":{"day":"${day}"},"nullCount":{"day":0}}`;
    return { path, partitionValues: {}, size: bytes.length, modificationTime: 1, dataChange: true, stats };
  }

  async function rewriting(files: (store: ObjectStore) => Promise<AddFile[]>) {
    const store = memoryObjectStore();
    const rewritten: string[] = [];
    const merged = await mergeBin(
      { files: await files(store), partitionValues: {} },
      { schemaString, partitionColumns: [], configuration: {} },
      { targetBytes: 2 ** 20, order: { kind: 'sort', columns: ['day'] }, minRowGroupBytes: 1, compression: 'snappy' },
      {
        store,
        rewriter: {
          rewrite: async ({ inputs, newPath }) => {
            rewritten.push(...inputs.map(({ path }) => path));
            return [{ path: newPath(), sizeBytes: 1, rows: inputs.length, stats: '{}' }];
          },
        },
        clock: () => 2,
        ids: () => 'new',
      },
    );
    return { inputs: merged.inputs.map(({ path }) => path), outputs: merged.outputs.length, rewritten };
  }

  test('are left as they are, and what is beside them is written anew', async () => {
    const found = await rewriting(async (store) => [
      await dated(store, 'old', '1500-01-01', true),
      await dated(store, 'late', '2000-01-01', true),
      await dated(store, 'proleptic', '1500-01-01', false),
    ]);
    expect(found).toEqual({ inputs: ['late', 'proleptic'], outputs: 1, rewritten: ['late', 'proleptic'] });
  });

  test('keep a file that is left over from being written again and again', async () => {
    const found = await rewriting(async (store) => [
      await dated(store, 'old', '1500-01-01', true),
      await dated(store, 'late', '2000-01-01', false),
    ]);
    expect(found).toEqual({ inputs: [], outputs: 0, rewritten: [] });
  });
});
