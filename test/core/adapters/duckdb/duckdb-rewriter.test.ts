import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { duckdbRewriter } from '#adapters/duckdb/duckdb-rewriter.ts';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import type { ColumnValue } from '#columnar/vector/column.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import { statisticsOf } from '#columnar/vector/statistics.ts';
import { defaultIndexedColumns } from '#delta/indexed-columns.ts';
import type { DataType, StructField } from '#delta/schema.ts';
import type { RewriteJob } from '#pipeline/optimize/rewrite-files.ts';
import { duckdbRows } from '../../../support/duckdb.ts';
import { memoryObjectStore } from '../../../support/memory-object-store.ts';
import { field, listOf, mapOf } from '../../../support/schemas.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'alluvium-duckdb-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let store: ReturnType<typeof memoryObjectStore>;
beforeEach(() => {
  store = memoryObjectStore();
});

const rewriter = () => duckdbRewriter({ temporaryFolder: folder, memoryMiB: 256, threads: 1 });

async function put(path: string, bytes: Uint8Array, deleted?: number[]) {
  await store.put(path, bytes);
  return { path, sizeBytes: bytes.length, deleted: deleted && (async () => deleted) };
}

function filled(fields: StructField[], rows: readonly (readonly ColumnValue[])[]): RowColumns {
  const columns = new RowColumns(fields);
  for (const row of rows) columns.append(row);
  return columns;
}

const ours = (fields: StructField[], rows: readonly (readonly ColumnValue[])[]) =>
  encodeParquet(filled(fields, rows), 'zstd').then(({ bytes }) => bytes);

type Job = Pick<RewriteJob, 'inputs' | 'fields'> & Partial<RewriteJob>;

/** The files that come of it, with their rows as DuckDB reads them. */
async function rewriteAll(job: Job, select = '*') {
  let paths = 0;
  const newPath = () => `out-${++paths}.parquet`;
  const whole: RewriteJob = {
    order: undefined,
    compression: 'zstd',
    indexed: defaultIndexedColumns,
    targetBytes: 2 ** 27,
    newPath,
    ...job,
  };
  const written = [];
  for (const file of await rewriter().rewrite(whole, store)) {
    expect(file.sizeBytes).toBe(store.objects.get(file.path)!.sizeBytes);
    const local = join(folder, 'read-back.parquet');
    await writeFile(local, store.objects.get(file.path)!.bytes);
    const read = await duckdbRows(`SELECT ${select} FROM read_parquet('${local}')`);
    rmSync(local);
    expect(file.rows).toBe(read.length);
    written.push({ ...file, read });
  }
  expect(readdirSync(folder).filter((name) => name.startsWith('alluvium-rewrite'))).toEqual([]);
  return written;
}

async function rewrite(job: Job, select = '*') {
  const [file, ...others] = await rewriteAll(job, select);
  expect(others).toEqual([]);
  return file!;
}

test('deleted rows are left out, files of older schemas take on the new one', async () => {
  const fields = [field('id', 'long'), field('name', 'string'), field('at', 'timestamp')];
  const inputs = [
    await put('a', await ours([field('id', 'integer')], [[1], [2], [3]]), [1]),
    await put(
      'b',
      await ours(fields, [
        [4n, 'four', 1_000_001n],
        [5n, null, null],
      ]),
    ),
    await put('c', await ours([field('name', 'string'), field('id', 'short')], [['six', 6]])),
    await put(
      'd',
      await ours(fields, [
        [7n, 'seven', 0n],
        [8n, 'eight', 0n],
      ]),
      [0, 1],
    ),
  ];
  const { read, stats } = await rewrite({ inputs, fields });
  expect(read.sort((left, right) => Number(left[0]) - Number(right[0]))).toEqual([
    ['1', null, null],
    ['3', null, null],
    ['4', 'four', '1970-01-01 00:00:01.000001+00'],
    ['5', null, null],
    ['6', 'six', null],
  ]);
  expect(JSON.parse(stats)).toEqual({
    numRecords: 5,
    minValues: { id: 1, name: 'four', at: '1970-01-01T00:00:01.000Z' },
    maxValues: { id: 6, name: 'six', at: '1970-01-01T00:00:01.000Z' },
    nullCount: { id: 0, name: 3, at: 4 },
  });
});

const everyType: [StructField, ColumnValue[]][] = [
  [field('long', 'long'), [-(2n ** 63n), null, 2n ** 63n - 1n]],
  [field('integer', 'integer'), [-1, null, 7]],
  [field('short', 'short'), [-1, null, 7]],
  [field('byte', 'byte'), [-1, null, 7]],
  [field('double', 'double'), [0.1, null, 1e300]],
  [field('infinite', 'double'), [Number.POSITIVE_INFINITY, 1, Number.NEGATIVE_INFINITY]],
  [field('nan', 'double'), [Number.NaN, 1, 2]],
  [field('float', 'float'), [0.5, null, 0.1]],
  [field('decimal', 'decimal(20,3)'), [12_345_678_901_234_567_890n, null, -5n]],
  [field('string', 'string'), ['é'.repeat(40), null, '\u{1f30a}'.repeat(50)]],
  [field('quoted', 'string'), ['a "quoted" \\ text', "it's", null]],
  [field('binary', 'binary'), [new Uint8Array([0, 255]), null, new Uint8Array()]],
  [field('boolean', 'boolean'), [true, null, false]],
  [field('date', 'date'), [0, null, 19_000]],
  [field('timestamp', 'timestamp'), [-1n, null, 1_718_479_845_123_999n]],
  [field('timestamp_ntz', 'timestamp_ntz'), [-1n, null, 1_718_479_845_123_999n]],
  [field('array', listOf('string')), [['a', null], null, []]],
  [
    field('struct', { type: 'struct', fields: [field('x', 'long'), field('y"y', 'string')] }),
    [[1n, 'a'], null, [null, 'b']],
  ],
];

test('every type passes, with the statistics that the encoder would have written', async () => {
  const fields = everyType.map(([column]) => column);
  const rows = [0, 1, 2].map((row) => everyType.map(([, values]) => values[row] as ColumnValue));
  const input = await ours(fields, rows);
  const { read, stats } = await rewrite({ inputs: [await put('a', input)], fields });
  const file = join(folder, 'input.parquet');
  await writeFile(file, input);
  expect(read).toEqual(await duckdbRows(`SELECT * FROM '${file}'`));
  expect(stats).toBe(statisticsOf(filled(fields, rows)));
});

test('maps, and structs that have grown', async () => {
  const write = async (query: string) => {
    const file = join(folder, 'made.parquet');
    await duckdbRows(`COPY (${query}) TO '${file}' (FORMAT parquet)`);
    return new Uint8Array(await readFile(file));
  };
  const fields = [
    field('m', mapOf('string', 'long')),
    field('s', { type: 'struct', fields: [field('a', 'long'), field('b', 'string')] }),
  ];
  const inputs = [
    await put('a', await write("SELECT MAP {'k': 1::INTEGER} AS m, {'a': 1::INTEGER} AS s")),
    await put('b', await write("SELECT MAP {'l': 2::BIGINT} AS m, {'a': 2::BIGINT, 'b': 'two'} AS s")),
  ];
  const { read } = await rewrite({ inputs, fields });
  expect(read).toEqual([
    [[{ key: 'k', value: '1' }], { a: '1', b: null }],
    [[{ key: 'l', value: '2' }], { a: '2', b: 'two' }],
  ]);
});

test('what grew within structs, lists and maps keeps the values of each file, whichever comes first', async () => {
  const made = async (query: string) => {
    const file = join(folder, 'made.parquet');
    await duckdbRows(`COPY (${query}) TO '${file}' (FORMAT parquet)`);
    return new Uint8Array(await readFile(file));
  };
  const grown: DataType = { type: 'struct', fields: [field('a', 'long'), field('b', 'long'), field('c', 'long')] };
  const fields = [field('s', grown), field('l', listOf(grown)), field('m', mapOf('string', grown)), field('n', 'long')];
  const row = (struct: string, n: string) =>
    `SELECT ${struct} AS s, [${struct}] AS l, MAP {'k': ${struct}} AS m, ${n} AS n`;
  const inputs = [
    await put('a', await made(row("{'a': 1::BIGINT}", '1::TINYINT'))),
    await put('b', await made(row("{'a': 2::BIGINT, 'b': 3::BIGINT}", '70000::INTEGER'))),
  ];
  const [one, two] = [
    { a: '1', b: null, c: null },
    { a: '2', b: '3', c: null },
  ];
  const { read } = await rewrite({ inputs, fields });
  expect(read).toEqual([
    [one, [one], [{ key: 'k', value: one }], '1'],
    [two, [two], [{ key: 'k', value: two }], '70000'],
  ]);
});

test('NaN has no bounds, whatever its sign', async () => {
  const file = join(folder, 'made.parquet');
  await duckdbRows(
    `COPY (SELECT * FROM (VALUES (-('nan'::DOUBLE), 1::FLOAT), (1, -('nan'::FLOAT))) AS rows (d, f)) TO '${file}' (FORMAT parquet)`,
  );
  const inputs = [await put('a', new Uint8Array(await readFile(file)))];
  const { stats } = await rewrite({ inputs, fields: [field('d', 'double'), field('f', 'float')] });
  expect(JSON.parse(stats)).toEqual({ numRecords: 2, minValues: {}, maxValues: {}, nullCount: { d: 0, f: 0 } });
});

test('columns are found whatever the case of their names', async () => {
  const inputs = [
    await put('a', await ours([field('ID', 'long')], [[1n]])),
    await put('b', await ours([field('id', 'long')], [[2n]])),
  ];
  const { read } = await rewrite({ inputs, fields: [field('id', 'long')] });
  expect(read).toEqual([['1'], ['2']]);
});

test('strings that a writer left unannotated are strings', async () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const raw = parquetWriteBuffer({
    columnData: [{ name: 's', data: [bytes('é'), bytes('b')] }],
    schema: [
      { name: 'root', num_children: 1 },
      { name: 's', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
    ],
  });
  const input = await put('a', new Uint8Array(raw));
  expect((await rewrite({ inputs: [input], fields: [field('s', 'string')] })).read).toEqual([['é'], ['b']]);
  const beside = [field('s', 'string'), field('b', 'binary')];
  expect((await rewrite({ inputs: [input], fields: beside })).read).toEqual([
    ['é', null],
    ['b', null],
  ]);
});

test('rows are sorted, nulls first', async () => {
  const fields = [field('a', 'long'), field('b', 'string')];
  const inputs = [
    await put(
      'a',
      await ours(fields, [
        [3n, 'x'],
        [null, 'y'],
        [1n, 'z'],
      ]),
    ),
    await put(
      'b',
      await ours(fields, [
        [1n, 'a'],
        [2n, 'b'],
      ]),
    ),
  ];
  const { read } = await rewrite({ inputs, fields, order: { kind: 'sort', columns: ['a', 'b'] } }, 'a, b');
  expect(read).toEqual([
    [null, 'y'],
    ['1', 'a'],
    ['1', 'z'],
    ['2', 'b'],
    ['3', 'x'],
  ]);
});

test('along a Z-order curve, every column has narrow ranges', async () => {
  const side = 32;
  const fields = [field('x', 'long'), field('y', 'string')];
  const rows = Array.from({ length: side * side }, (_, index) => [
    BigInt((index * 7) % side),
    `y${String(Math.floor(index / side)).padStart(3, '0')}`,
  ]);
  const { read } = await rewrite({
    inputs: [await put('a', await ours(fields, rows))],
    fields,
    order: { kind: 'zOrder', columns: ['x', 'y'] },
  });
  const quarters = [0, 1, 2, 3].map((quarter) =>
    read.slice(quarter * (read.length / 4), (quarter + 1) * (read.length / 4)),
  );
  for (const quarter of quarters) {
    expect(new Set(quarter.map(([x]) => x)).size).toBeLessThanOrEqual(side / 2 + 1);
    expect(new Set(quarter.map(([, y]) => y)).size).toBeLessThanOrEqual(side / 2 + 1);
  }
});

test('what cannot be written is refused before anything is read', async () => {
  const job: Omit<RewriteJob, 'fields'> = {
    inputs: [{ path: 'absent', sizeBytes: 10 }],
    order: undefined,
    compression: 'zstd',
    indexed: defaultIndexedColumns,
    targetBytes: 1,
    newPath: () => 'x',
  };
  await expect(rewriter().rewrite({ ...job, fields: [field('v', 'variant')] }, store)).rejects.toThrow(
    'expected a column type that DuckDB writes, got variant',
  );
  await expect(rewriter().rewrite({ ...job, fields: [field('v', 'long')] }, store)).rejects.toThrow(
    'absent: expected the data file that the log names',
  );
  expect(readdirSync(folder).filter((name) => name.startsWith('alluvium-rewrite'))).toEqual([]);
});

test('rows in an order are split into files of the target size, each with ranges of its own', async () => {
  const fields = [field('id', 'long'), field('text', 'string')];
  const rows = Array.from({ length: 200_000 }, (_, index) => [BigInt((index * 7919) % 200_000), `text ${index}`]);
  const inputs = [await put('a', await ours(fields, rows))];
  const files = await rewriteAll(
    { inputs, fields, order: { kind: 'sort', columns: ['id'] }, targetBytes: 100_000 },
    'id',
  );
  expect(files.length).toBeGreaterThan(1);
  expect(files.flatMap(({ read }) => read.map(([id]) => Number(id)))).toEqual(rows.map((_, index) => index));
  let next = 0;
  for (const { stats, rows: count } of files) {
    const { minValues, maxValues } = JSON.parse(stats);
    expect([minValues.id, maxValues.id]).toEqual([next, next + count - 1]);
    next += count;
  }
}, 20_000);

test('columns to order by are found in any case, in structs, and where a name has dots', async () => {
  const place = field('Place', { type: 'struct', fields: [field('Zip', 'long')] });
  const fields = [field('id', 'long'), place, field('a.b', 'long')];
  const rows = [0, 1, 2].map((row): ColumnValue[] => [BigInt((row + 1) % 3), [BigInt((row + 2) % 3)], BigInt(2 - row)]);
  const inputs = [await put('a', await ours(fields, rows))];
  const idsBy = async (column: string, kind: 'sort' | 'zOrder' = 'sort') =>
    (await rewrite({ inputs, fields, order: { kind, columns: [column] } }, 'id')).read.map(([id]) => Number(id));
  expect(await idsBy('ID')).toEqual([0, 1, 2]);
  expect(await idsBy('place.zip')).toEqual([2, 0, 1]);
  expect(await idsBy('PLACE.zip', 'zOrder')).toEqual([2, 0, 1]);
  expect(await idsBy('a.b')).toEqual([0, 2, 1]);
});

test('values of every kind have a place on the curve, nulls too', async () => {
  const fields = everyType.map(([column]) => column).filter(({ type }) => typeof type === 'string');
  const rows = [0, 1, 2].map((row) =>
    everyType.filter(([{ type }]) => typeof type === 'string').map(([, values]) => values[row] as ColumnValue),
  );
  const inputs = [await put('a', await ours(fields, rows))];
  const names = fields.map(({ name }) => name);
  for (let start = 0; start < names.length; start += 4) {
    const columns = names.slice(start, start + 4);
    expect((await rewrite({ inputs, fields, order: { kind: 'zOrder', columns } })).rows).toBe(3);
  }
  await expect(rewrite({ inputs, fields, order: { kind: 'zOrder', columns: ['absent'] } })).rejects.toThrow(
    'expected to order rows by a column among long,',
  );
}, 20_000);
