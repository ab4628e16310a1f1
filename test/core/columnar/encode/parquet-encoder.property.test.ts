import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { type ColumnMetaData, parquetMetadata } from 'hyparquet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import type { Compression } from '#columnar/encode/page-compression.ts';
import { encodesType } from '#columnar/encode/parquet-encoder.ts';
import { loadParquetWasm } from '#columnar/encode/parquet-wasm.ts';
import { columnShape, columnsOf } from '#columnar/footer/parquet-columns.ts';
import { footerOf } from '#columnar/footer/parquet-footer.ts';
import { loadKernel } from '#columnar/kernel/kernel.ts';
import { openDataFile } from '#columnar/read/data-file.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import { statisticsOf } from '#columnar/vector/statistics.ts';
import { vectorColumns } from '#columnar/vector/vector-column.ts';
import type { StructField } from '#delta/schema.ts';
import { memoryObjectStore } from '../../../support/memory-object-store.ts';
import { dataType, nullable } from '../../../support/random-values.ts';
import { field } from '../../../support/schemas.ts';

const kernel = loadKernel();

let folder: string;
let connection: DuckDBConnection;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alluvium-encoder-'));
  connection = await (await DuckDBInstance.create(':memory:')).connect();
});
afterAll(async () => {
  connection.closeSync();
  await rm(folder, { recursive: true });
});

/** Some rows, most of which come again and again. */
const table = fc
  .array(dataType.filter(encodesType), { minLength: 1, maxLength: 4 })
  .map((types) => types.map((type, index) => field(`c${index}`, type)))
  .chain((fields) =>
    fc.record({
      fields: fc.constant(fields),
      pool: fc.array(fc.tuple(...fields.map(({ type }) => nullable(type))), { minLength: 1, maxLength: 12 }),
      picks: fc.oneof(
        fc.array(fc.nat(), { maxLength: 60 }),
        fc
          .array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 30 })), { maxLength: 6 })
          .map((runs) => runs.flatMap(([pick, times]) => Array.from({ length: times }, () => pick))),
      ),
      compression: fc.constantFrom<Compression>('zstd', 'snappy', 'none'),
    }),
  );

async function rowsOf(bytes: Uint8Array, fields: readonly StructField[]) {
  const store = memoryObjectStore();
  await store.put('x.parquet', bytes);
  const file = await openDataFile(store, 'x.parquet', 'none');
  return (await Array.fromAsync(file.batches(fields))).flat();
}

const chunksOf = (bytes: Uint8Array): ColumnMetaData[] => {
  const parsers = { stringFromBytes: (value: Uint8Array) => Buffer.from(value).toString('hex') };
  const { row_groups: groups } = parquetMetadata(new Uint8Array(bytes).buffer, { parsers: parsers as never });
  return groups.flatMap(({ columns }) => columns.map(({ meta_data: metaData }) => metaData!));
};

/** Bounds of a chunk as they are to be compared: NaN among floats leaves none, and Parquet has one way to write a zero. */
function boundsOf({ type, statistics }: ColumnMetaData) {
  const { null_count: nulls, min_value: min, max_value: max } = statistics!;
  const plain = (value: unknown) => (value instanceof Uint8Array ? [...value] : value === 0 ? 0 : value);
  return { type, nulls, min: plain(min), max: plain(max) };
}

async function duckdbDifference(left: Uint8Array, right: Uint8Array): Promise<unknown> {
  const [one, two] = [join(folder, 'one.parquet'), join(folder, 'two.parquet')];
  await Promise.all([writeFile(one, left), writeFile(two, right)]);
  const rows = (file: string) => `SELECT * FROM read_parquet('${file}')`;
  const { getRowsJson } = { getRowsJson: async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson() };
  return getRowsJson(`(${rows(one)} EXCEPT ALL ${rows(two)}) UNION ALL (${rows(two)} EXCEPT ALL ${rows(one)})`);
}

test('both takers write the same rows under the same types, for hyparquet, DuckDB and parquet-wasm', {
  timeout: 60_000,
}, async () => {
  const parquet = await loadParquetWasm();
  const byParquetWasm = (bytes: Uint8Array) =>
    tableFromIPC(parquet.readParquet(bytes).intoIPCStream()).toArray().map(String);
  const property = fc.asyncProperty(table, async ({ fields, pool, picks, compression }) => {
    const columns = new RowColumns(fields);
    for (const pick of picks) columns.append(pool[pick % pool.length]!.map(([written]) => written));
    const mark = kernel.mark();
    const own = await encodeParquet(columns, compression, kernel);
    expect(kernel.mark()).toBe(mark);
    const other = await encodeParquet(columns, compression);
    expect([own.taker, other.taker]).toEqual(['own', 'parquet-wasm']);

    const found = await rowsOf(own.bytes, fields);
    expect(found).toEqual(
      picks.map((pick) =>
        Object.fromEntries(pool[pick % pool.length]!.map(([, read], index) => [fields[index]!.name, read])),
      ),
    );
    expect(await duckdbDifference(own.bytes, other.bytes)).toEqual([]);
    expect(byParquetWasm(own.bytes)).toEqual(byParquetWasm(other.bytes));

    const [ownFooter, otherFooter] = [await footerOf('own', own.bytes), await footerOf('other', other.bytes)];
    const shapesOf = (elements: typeof ownFooter.elements) =>
      columnsOf(elements).map((column) => columnShape(column).replaceAll('"entries"', '"key_value"'));
    expect(shapesOf(ownFooter.elements)).toEqual(shapesOf(otherFooter.elements));
    const hasNaN = (metaData: ColumnMetaData) =>
      ['FLOAT', 'DOUBLE'].includes(metaData.type) && metaData.statistics?.min_value === undefined;
    for (const [index, chunk] of chunksOf(own.bytes).entries()) {
      if (!hasNaN(chunk)) expect(boundsOf(chunk)).toEqual(boundsOf(chunksOf(other.bytes)[index]!));
    }

    const vectors = fields.map(({ type }, index) => ({ type, vector: columns.columns[index]!.vector() }));
    const made = { fields, columns: vectorColumns(kernel, vectors), rows: columns.rows };
    expect(statisticsOf(made)).toBe(statisticsOf(columns));
    expect((await encodeParquet(made, compression, kernel)).bytes).toEqual(own.bytes);
  });
  await fc.assert(property, { numRuns: 40 });
});
