import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ParquetQueryFilter, parquetMetadata, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyRowGroups } from '#columnar/copy/copy-row-groups.ts';
import { findSources } from '#columnar/copy/copy-source.ts';
import { calendarOf } from '#columnar/copy/key-values.ts';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import { columnsOf, joinColumns } from '#columnar/footer/parquet-columns.ts';
import { footerOf } from '#columnar/footer/parquet-footer.ts';
import { type Kernel, loadKernel } from '#columnar/kernel/kernel.ts';
import type { ColumnValue } from '#columnar/vector/column.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import type { RangedFile } from '#delta/checkpoint-codec.ts';
import type { DataType } from '#delta/schema.ts';
import { duckdbRows } from '../../../support/duckdb.ts';
import { rowsOfParquet } from '../../../support/parquet-rows.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'alluvium-copy-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let names = 0;
async function saved(bytes: Uint8Array): Promise<string> {
  const path = join(folder, `${++names}.parquet`);
  await writeFile(path, bytes);
  return path;
}

/** A file written by DuckDB: what a query answers. */
async function byDuckdb(query: string, options = ''): Promise<Uint8Array> {
  const path = join(folder, `${++names}.parquet`);
  await duckdbRows(`COPY (${query}) TO '${path}' (FORMAT parquet ${options})`);
  return new Uint8Array(await readFile(path));
}

/** Without a kernel, parquet-wasm writes the file. */
async function byUs(
  fields: [name: string, type: DataType][],
  rows: ColumnValue[][],
  kernel?: Kernel,
): Promise<Uint8Array> {
  const columns = new RowColumns(fields.map(([name, type]) => ({ name, type, nullable: true, metadata: {} })));
  for (const row of rows) columns.append(row);
  return (await encodeParquet(columns, 'zstd', kernel)).bytes;
}

interface Reads {
  bytes: number;
}

const rangedFile = (path: string, bytes: Uint8Array, reads?: Reads): RangedFile => ({
  path,
  sizeBytes: bytes.length,
  async readRange(start, end) {
    if (reads !== undefined) reads.bytes += end - start;
    return bytes.slice(start, end);
  },
});

async function copied(files: Uint8Array[], reads?: Reads): Promise<Uint8Array> {
  const sources = await findSources(files.map((bytes, index) => rangedFile(`input-${index}`, bytes, reads)));
  const chunks: Uint8Array[] = [];
  const copy = await copyRowGroups(sources, {
    async write(bytes) {
      chunks.push(bytes.slice());
    },
  });
  const whole = new Uint8Array(Buffer.concat(chunks));
  expect(copy.sizeBytes).toBe(whole.length);
  const { num_rows, row_groups } = parquetMetadata(whole.slice().buffer);
  expect(copy).toEqual({ sizeBytes: whole.length, rows: Number(num_rows), rowGroups: row_groups.length });
  return whole;
}

/** Both readers see in the copy what they see in the inputs. */
async function expectSameRows(files: Uint8Array[], copy: Uint8Array): Promise<void> {
  const inputs = await Promise.all(files.map(saved));
  const from = (paths: string[]) =>
    `FROM read_parquet([${paths.map((path) => `'${path}'`).join()}], union_by_name = true)`;
  const output = await saved(copy);
  expect(await duckdbRows(`SELECT * ${from([output])}`)).toEqual(await duckdbRows(`SELECT * ${from(inputs)}`));
  const columns = parquetMetadata(copy.slice().buffer as ArrayBuffer)
    .schema.slice(1)
    .map(({ name }) => name);
  const rows = (await Promise.all(files.map(rowsOfParquet))).flat();
  const expected = rows.map((row) => ({
    ...Object.fromEntries(columns.filter((name) => rows.some((other) => name in other)).map((name) => [name, null])),
    ...row,
  }));
  // hyparquet says undefined for lists and structs that are null.
  const found = (await rowsOfParquet(copy)).map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? null])),
  );
  expect(found).toEqual(expected);
}

const everyType = `SELECT i AS id, i::TINYINT AS tiny, (i + 100)::USMALLINT AS u, (i * 1.5)::DOUBLE AS d, (i / 7)::DECIMAL(20, 4) AS dec,
  'text ' || i AS s, CASE WHEN i % 3 = 0 THEN NULL ELSE ('x' || i)::BLOB END AS b, i % 2 = 0 AS flag, DATE '2020-01-01' + i::INT AS day,
  TIMESTAMPTZ '2020-01-01 00:00:00.123456+00' + INTERVAL 1 SECOND * i AS at, {'a': i, 'b': [i, NULL]} AS nested,
  MAP {'k' || i: i} AS m, [['p'], []] AS deep, uuid() AS id128`;

test('files of every type become one, value for value', async () => {
  const files = await Promise.all(
    [-60, 0, 60].map((start) => byDuckdb(`${everyType} FROM range(${start}, ${start + 60}) t(i)`)),
  );
  await expectSameRows(files, await copied(files));
}, 30_000);

test('files of several row groups, compressed in different ways', async () => {
  const files = await Promise.all(
    ['SNAPPY', 'ZSTD', 'GZIP', 'UNCOMPRESSED'].map((codec, index) =>
      byDuckdb(
        `SELECT i AS id, 'v' || (i % 10) AS v FROM range(${index * 5000}, ${index * 5000 + 5000}) t(i)`,
        `, ROW_GROUP_SIZE 2048, COMPRESSION ${codec}`,
      ),
    ),
  );
  const copy = await copied(files);
  expect(parquetMetadata(copy.slice().buffer).row_groups.length).toBeGreaterThanOrEqual(8);
  await expectSameRows(files, copy);
}, 30_000);

interface Kept {
  columnIndex: boolean;
  bloomFilter: boolean;
}

/** A file of two columns, of several row groups of several pages each, with offset indexes. */
const indexedFile = (start: number, { columnIndex, bloomFilter }: Kept, lacks: 'v' | 'nothing' = 'nothing') =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'id', data: Array.from({ length: 500 }, (_, i) => BigInt(start + i)), columnIndex, bloomFilter },
        ...(lacks === 'v'
          ? []
          : [
              {
                name: 'v',
                data: Array.from({ length: 500 }, (_, i) => (i % 7 === 0 ? null : `v${start + i}`)),
                type: 'STRING' as const,
                nullable: true,
                columnIndex,
                bloomFilter,
              },
            ]),
      ],
      rowGroupSize: 250,
      pageSize: 512,
    }),
  );

const chunksIn = (file: Uint8Array) =>
  parquetMetadata(file.slice().buffer).row_groups.flatMap(({ columns }) => columns);

/** What a reader finds that skips pages by offset indexes and row groups by Bloom filters, and how many bytes it fetches. */
async function soughtIn(file: Uint8Array, filter: ParquetQueryFilter) {
  let fetched = 0;
  const found = await parquetReadObjects({
    file: {
      byteLength: file.length,
      slice: (start, end = file.length) => {
        fetched += end - start;
        return file.slice(start, end).buffer;
      },
    },
    metadata: parquetMetadata(file.slice().buffer),
    filter,
    useOffsetIndex: true,
    useBloomFilters: true,
    compressors,
  });
  return { found, fetched };
}

test('page indexes and Bloom filters come along, and lead to the same pages', async () => {
  const kept = { columnIndex: true, bloomFilter: true };
  const files = [indexedFile(0, kept), indexedFile(1000, kept), indexedFile(5000, kept)];
  const copy = await copied(files);
  for (const { meta_data, column_index_offset, offset_index_offset } of chunksIn(copy)) {
    expect([meta_data?.bloom_filter_offset, column_index_offset, offset_index_offset]).not.toContain(undefined);
  }
  await expectSameRows(files, copy);
  for (const value of [3, 499, 1250, 5499]) {
    const { found, fetched } = await soughtIn(copy, { id: { $eq: BigInt(value) } });
    const v = (value - (value < 500 ? 0 : value < 2000 ? 1000 : 5000)) % 7 === 0 ? null : `v${value}`;
    expect(found).toEqual([{ id: BigInt(value), v }]);
    expect(fetched).toBeLessThan(copy.length / 3);
  }
  expect((await soughtIn(copy, { v: { $eq: 'v1250' } })).found).toEqual([{ id: 1250n, v: 'v1250' }]);
  expect((await soughtIn(copy, { v: { $eq: 'no such value' } })).found).toEqual([]);
  const output = await saved(copy);
  for (const [index, value] of [17n, 1017n, 5017n].entries()) {
    const probe = await duckdbRows(
      `SELECT bloom_filter_excludes FROM parquet_bloom_probe('${output}', 'id', ${value})`,
    );
    expect(probe.map(([excludes]) => String(excludes)).indexOf('false')).toBe(index * 2);
  }
});

test('a column of nulls has page indexes too where the others have them', async () => {
  const kept = { columnIndex: true, bloomFilter: false };
  const files = [indexedFile(0, kept, 'v'), indexedFile(1000, kept)];
  const copy = await copied(files);
  for (const { column_index_offset, offset_index_offset } of chunksIn(copy)) {
    expect([column_index_offset, offset_index_offset]).not.toContain(undefined);
  }
  await expectSameRows(files, copy);
  expect((await soughtIn(copy, { id: { $eq: 250n } })).found).toEqual([{ id: 250n, v: null }]);
  expect((await soughtIn(copy, { v: { $eq: 'v1250' } })).found).toEqual([{ id: 1250n, v: 'v1250' }]);
});

test('no chunk has page indexes where a file lacks them', async () => {
  const files = [
    indexedFile(0, { columnIndex: true, bloomFilter: true }),
    new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: 'id', data: [1n, 2n], offsetIndex: false },
          { name: 'v', data: ['a', null], type: 'STRING', nullable: true, offsetIndex: false },
        ],
      }),
    ),
  ];
  const copy = await copied(files);
  for (const { column_index_offset, offset_index_offset } of chunksIn(copy)) {
    expect([column_index_offset, offset_index_offset]).toEqual([undefined, undefined]);
  }
  expect(chunksIn(copy).filter(({ meta_data }) => meta_data?.bloom_filter_offset !== undefined).length).toBe(4);
  await expectSameRows(files, copy);
});

test('a column that came later is null in the rows of older files, nested ones too', async () => {
  const list: DataType = { type: 'array', elementType: 'string', containsNull: true };
  const struct: DataType = {
    type: 'struct',
    fields: [
      { name: 'x', type: 'long', nullable: true, metadata: {} },
      { name: 'y', type: list, nullable: true, metadata: {} },
    ],
  };
  const files = [
    await byUs([['id', 'long']], [[1n], [2n]]),
    await byUs(
      [
        ['id', 'long'],
        ['name', 'string'],
        ['tags', list],
        ['more', struct],
      ],
      [[3n, 'three', ['a', null], [1n, ['z']]]],
    ),
    await byUs(
      [
        ['name', 'string'],
        ['id', 'long'],
      ],
      Array.from({ length: 300 }, (_, i) => [`n${i}`, BigInt(i)]),
    ),
  ];
  await expectSameRows(files, await copied(files));
});

test('least and greatest values and null counts of row groups stay', async () => {
  const files = [
    await byUs(
      [
        ['id', 'long'],
        ['s', 'string'],
      ],
      [
        [1n, 'a'],
        [9n, null],
      ],
    ),
    await byUs([['id', 'long']], [[-5n]]),
  ];
  const path = await saved(await copied(files));
  const stats = await duckdbRows(
    `SELECT path_in_schema, stats_min_value, stats_max_value, stats_null_count FROM parquet_metadata('${path}') ORDER BY row_group_id, column_id`,
  );
  expect(stats).toEqual([
    ['id', '1', '9', '0'],
    ['s', 'a', 'a', '1'],
    ['id', '-5', '-5', '0'],
    ['s', null, null, '1'],
  ]);
});

test('columns stored in different ways are told apart', async () => {
  const columns = async (bytes: Uint8Array) => columnsOf((await footerOf('f', bytes)).elements);
  const narrow = await columns(await byUs([['id', 'integer']], [[1]]));
  const wide = await columns(await byUs([['id', 'long']], [[1n]]));
  expect(joinColumns([narrow, narrow]).kind).toBe('joined');
  expect(joinColumns([narrow, wide])).toMatchObject({ kind: 'differ', column: 'id' });
  await expect(copied([await byUs([['id', 'integer']], [[1]]), await byUs([['id', 'long']], [[1n]])])).rejects.toThrow(
    'expected files of one schema, found column id stored as',
  );
});

test('files of other writers are stored alike, however they annotate their types', async () => {
  const types: [name: string, type: DataType, sql: string, value: ColumnValue][] = [
    ['long', 'long', '1::BIGINT', 1n],
    ['integer', 'integer', '1::INTEGER', 1],
    ['byte', 'byte', '1::TINYINT', 1],
    ['double', 'double', '1::DOUBLE', 1],
    ['string', 'string', "'x'", 'x'],
    ['date', 'date', "DATE '1970-01-02'", 1],
    ['at', 'timestamp', "TIMESTAMPTZ '1970-01-01 00:00:00.000001+00'", 1n],
    ['ntz', 'timestamp_ntz', "TIMESTAMP '1970-01-01 00:00:00.000001'", 1n],
    ['money', 'decimal(10,2)', '1::DECIMAL(10, 2)', 100n],
    ['tags', { type: 'array', elementType: 'string', containsNull: true }, "['x']", ['x']],
  ];
  const files = [
    await byDuckdb(`SELECT ${types.map(([name, , sql]) => `${sql} AS "${name}"`).join()}`),
    await byUs(
      types.map(([name, type]) => [name, type]),
      [types.map(([, , , value]) => value)],
    ),
  ];
  const copy = await copied(files);
  await expectSameRows(files, copy);
  const [first, second] = await duckdbRows(`SELECT * FROM '${await saved(copy)}'`);
  expect(second).toEqual(first);
});

test('columns whose names differ in case alone are stored in different ways', async () => {
  const columns = async (name: string) =>
    columnsOf((await footerOf(name, await byUs([[name, 'long']], [[1n]]))).elements);
  expect(joinColumns([await columns('id'), await columns('ID')])).toMatchObject({ kind: 'differ', column: 'ID' });
});

test('a required column that a file lacks cannot be added', async () => {
  const bytes = new Uint8Array();
  const element = (field_3: number) => ({ field_1: 2, field_3, field_4: new TextEncoder().encode('id'), bytes });
  const file = (field_3: number) => columnsOf([{ field_4: bytes, field_5: 1, bytes }, element(field_3)]);
  expect(joinColumns([file(0), []])).toMatchObject({
    kind: 'differ',
    column: 'id',
    reason: 'required, and not in every file',
  });
  expect(joinColumns([file(1), []]).kind).toBe('joined');
});

test('what files say of themselves stays where all say it', async () => {
  const file = (meta: Record<string, string>) =>
    new Uint8Array(
      parquetWriteBuffer({
        columnData: [{ name: 'id', data: [1, 2] }],
        kvMetadata: Object.entries(meta).map(([key, value]) => ({ key, value })),
      }),
    );
  const copy = await copied([file({ a: '1', b: '2' }), file({ a: '1', b: '3' })]);
  expect(parquetMetadata(copy.slice().buffer).key_value_metadata).toEqual([{ key: 'a', value: '1' }]);
  const sparks = { 'org.apache.spark.legacyDateTime': '', 'org.apache.spark.version': '2.4.8' };
  const wider = new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'id', data: [1, 2] },
        { name: 'more', data: [1, null] },
      ],
      kvMetadata: Object.entries({ a: '1', ...sparks }).map(([key, value]) => ({ key, value })),
    }),
  );
  const grown = await copied([file({ a: '1', ...sparks }), wider]);
  expect(parquetMetadata(grown.slice().buffer).key_value_metadata).toEqual(
    Object.entries(sparks).map(([key, value]) => ({ key, value })),
  );
  expect(calendarOf(await footerOf('f', file({ 'org.apache.spark.version': '2.4.8' })))).toBe(
    'org.apache.spark.version=2.4.8',
  );
  const legacy = await footerOf(
    'f',
    file({ 'org.apache.spark.legacyDateTime': '', 'org.apache.spark.version': '3.5.0' }),
  );
  expect(calendarOf(legacy)).toBe('org.apache.spark.legacyDateTime=');
});

test('footers beyond the first fetch are read, and each byte of data once', async () => {
  const wide = (start: number) =>
    byDuckdb(
      `SELECT ${Array.from({ length: 300 }, (_, c) => `i + ${c} AS a_column_with_a_long_name_${c}`).join()} FROM range(${start}, ${start + 10}) t(i)`,
    );
  const files = [await wide(0), await wide(10)];
  const reads = { bytes: 0 };
  await expectSameRows(files, await copied(files, reads));
  const total = files.reduce((sum, { length }) => sum + length, 0);
  expect(reads.bytes).toBeLessThan(total + 2 * 16_384 + 1);
}, 30_000);

const noise = (bytes: number) => `array_to_string([hash(i + j) FOR j IN range(${Math.ceil(bytes / 18)})], '')`;

test('files beyond those that are kept in memory are read again when it is their turn', async () => {
  const small = await Promise.all(
    Array.from({ length: 7 }, (_, at) =>
      byDuckdb(
        `SELECT i AS id, ${noise(800)} AS v FROM range(${at * 1000}, ${at * 1000 + 1000}) t(i)`,
        ', COMPRESSION uncompressed',
      ),
    ),
  );
  const said = `, KV_METADATA {'said': '${'x'.repeat(1_500_000)}'}`;
  const large = await Promise.all([0, 1, 2, 3].map((at) => byDuckdb(`SELECT ${at}::BIGINT AS id, 'v' AS v`, said)));
  expect(small.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(5 * 1024 * 1024);
  const reads = { bytes: 0 };
  const copy = await copied([...small, ...large], reads);
  await expectSameRows([...small, ...large], copy);
  const total = [...small, ...large].reduce((sum, { length }) => sum + length, 0);
  expect(reads.bytes).toBeGreaterThan(total + 2 * 1_500_000);
}, 30_000);

test('of a file some row groups may be copied', async () => {
  const file = await byDuckdb('SELECT i AS id FROM range(10000) t(i)', ', ROW_GROUP_SIZE 2048');
  const [source] = await findSources([rangedFile('input', file)]);
  const ids: unknown[] = [];
  for (const part of [
    { from: 0, to: 2 },
    { from: 2, to: source!.rowGroups },
  ]) {
    const chunks: Uint8Array[] = [];
    const { rowGroups } = await copyRowGroups([{ ...source!, kept: undefined, part }], {
      write: async (bytes) => void chunks.push(bytes.slice()),
    });
    expect(rowGroups).toBe(part.to - part.from);
    ids.push(...(await rowsOfParquet(new Uint8Array(Buffer.concat(chunks)))).map(({ id }) => id));
  }
  expect(ids.map(Number)).toEqual(Array.from({ length: 10_000 }, (_, id) => id));
});

test('a footer of thousands of chunks comes in pieces, page indexes before it', async () => {
  const fields = Array.from({ length: 100 }, (_, column): [string, DataType] => [`column ${column}`, 'integer']);
  const file = await byUs(fields, [fields.map((_, column) => column)], await loadKernel());
  const copy = await copied(Array.from({ length: 40 }, () => file));
  const { row_groups } = parquetMetadata(copy.slice().buffer as ArrayBuffer);
  expect(row_groups.length).toBe(40);
  expect(row_groups.flatMap(({ columns }) => columns).every(({ offset_index_offset: at }) => at !== undefined)).toBe(
    true,
  );
  const rows = await rowsOfParquet(copy);
  expect(rows).toEqual(
    Array.from({ length: 40 }, () => Object.fromEntries(fields.map(([name], column) => [name, column]))),
  );
}, 30_000);

test('what is no Parquet file is named', async () => {
  await expect(findSources([rangedFile('x/y.parquet', new Uint8Array(100))])).rejects.toThrow(
    'x/y.parquet: expected a Parquet file of 100 bytes, found no PAR1 at its end',
  );
  await expect(findSources([rangedFile('x/y.parquet', new Uint8Array(3))])).rejects.toThrow(
    'which is too short for one',
  );
});
