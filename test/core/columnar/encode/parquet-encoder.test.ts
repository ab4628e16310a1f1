import { parquetMetadata, parquetSchema, readColumnIndex, readOffsetIndex } from 'hyparquet';
import { getSchemaPath } from 'hyparquet/src/schema.js';
import { describe, expect, test } from 'vitest';
import { copyRowGroups } from '#columnar/copy/copy-row-groups.ts';
import { findSources } from '#columnar/copy/copy-source.ts';
import { createdBy } from '#columnar/encode/created-by.ts';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import type { Compression } from '#columnar/encode/page-compression.ts';
import { loadKernel } from '#columnar/kernel/kernel.ts';
import { openDataFile } from '#columnar/read/data-file.ts';
import type { ColumnValue } from '#columnar/vector/column.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import { statisticsOf } from '#columnar/vector/statistics.ts';
import type { FileColumns, Vector } from '#columnar/vector/vector.ts';
import { vectorColumns } from '#columnar/vector/vector-column.ts';
import type { DataType, StructField } from '#delta/schema.ts';
import packageJson from '../../../../package.json' with { type: 'json' };
import { duckdbRowsOf } from '../../../support/duckdb.ts';
import { memoryObjectStore } from '../../../support/memory-object-store.ts';
import { field, listOf } from '../../../support/schemas.ts';

const kernel = loadKernel();

async function rowsOf(bytes: Uint8Array, fields: readonly StructField[]) {
  const store = memoryObjectStore();
  await store.put('x.parquet', bytes);
  const file = await openDataFile(store, 'x.parquet', 'none');
  return (await Array.fromAsync(file.batches(fields))).flat();
}

async function encoded(
  columns: FileColumns,
  compression: Compression = 'zstd',
  bloomFilters: string[] = [],
): Promise<Uint8Array> {
  const { bytes, taker } = await encodeParquet(columns, compression, kernel, { bloomFilters });
  expect(taker).toBe('own');
  return bytes;
}

function columnsOf(fields: StructField[], rows: Iterable<ColumnValue[]>): RowColumns {
  const columns = new RowColumns(fields);
  for (const row of rows) columns.append(row);
  return columns;
}

const oneColumn = (type: DataType, values: readonly ColumnValue[]) =>
  columnsOf(
    [field('v', type)],
    values.map((value) => [value]),
  );

const metadataOf = (bytes: Uint8Array) => parquetMetadata(new Uint8Array(bytes).buffer);
const chunkOf = (bytes: Uint8Array, index = 0) => metadataOf(bytes).row_groups[0]!.columns[index]!.meta_data!;

test('files say which version of alluvium made them', async () => {
  expect(createdBy).toBe(`alluvium version ${packageJson.version}`);
  expect(metadataOf(await encoded(oneColumn('long', [1n]))).created_by).toBe(createdBy);
});

test('maps, with structs and lists inside, as the format has them', async () => {
  const type: DataType = {
    type: 'map',
    keyType: 'string',
    valueType: { type: 'struct', fields: [field('n', 'long'), field('tags', listOf('string'))] },
    valueContainsNull: true,
  };
  const rows: ColumnValue[] = [
    [
      ['a', [1n, ['x', null]]],
      ['b', null],
    ],
    null,
    [],
    [['', [null, []]]],
  ];
  const bytes = await encoded(oneColumn(type, rows));
  expect(await duckdbRowsOf(bytes, 'SELECT v::VARCHAR FROM $file')).toEqual([
    ["{a={'n': 1, 'tags': [x, NULL]}, b=NULL}"],
    [null],
    ['{}'],
    ["{''={'n': NULL, 'tags': []}}"],
  ]);
  const elements = parquetSchema(metadataOf(bytes)).children[0]!;
  expect(elements.element).toMatchObject({ converted_type: 'MAP', logical_type: { type: 'MAP' } });
  expect(elements.children[0]!.element).toMatchObject({ name: 'key_value', repetition_type: 'REPEATED' });
  expect(elements.children[0]!.children.map(({ element }) => [element.name, element.repetition_type])).toEqual([
    ['key', 'REQUIRED'],
    ['value', 'OPTIONAL'],
  ]);
});

test('65,537 distinct texts and as many again', async () => {
  const values = Array.from({ length: 131_074 }, (_, index) => `text ${index % 65_537}`);
  const bytes = await encoded(oneColumn('string', values));
  const counts = await duckdbRowsOf(
    bytes,
    'SELECT count(*), count(DISTINCT v), min(v), max(v), count(*) FILTER (v = v) FROM $file',
  );
  expect(counts).toEqual([['131074', '65537', 'text 0', 'text 9999', '131074']]);
  expect((await rowsOf(bytes, [field('v', 'string')])).map(({ v }) => v)).toEqual(values);
});

describe.each(['zstd', 'snappy', 'none'] as const)('%s', (compression) => {
  test('values of a megabyte, beside short ones', async () => {
    const values = Array.from({ length: 12 }, (_, index) =>
      index % 3 === 0 ? null : index % 3 === 1 ? String.fromCharCode(65 + index).repeat(1_000_000) : `${index}`,
    );
    const bytes = await encoded(oneColumn('string', values), compression);
    expect((await rowsOf(bytes, [field('v', 'string')])).map(({ v }) => v)).toEqual(values);
    const { statistics } = chunkOf(bytes);
    expect(statistics).toMatchObject({ min_value: '11', max_value: `${'K'.repeat(63)}L`, is_max_value_exact: false });
    expect(await duckdbRowsOf(bytes, 'SELECT sum(length(v)) FROM $file')).toEqual([['4000005']]);
  });

  test('no row, and one', async () => {
    const none = await encoded(oneColumn('string', []), compression);
    expect(await duckdbRowsOf(none, 'SELECT count(*) FROM $file')).toEqual([['0']]);
    expect(metadataOf(none).row_groups).toEqual([]);
    const one = await encoded(oneColumn(listOf('date'), [[null, 3]]), compression);
    expect(await duckdbRowsOf(one, 'SELECT v::VARCHAR FROM $file')).toEqual([['[NULL, 1970-01-04]']]);
  });
});

test('a file is no larger than that of parquet-wasm', async () => {
  const fields = [
    field('at', 'timestamp'),
    field('city', 'string'),
    field('id', 'string'),
    field('price', 'double'),
    field('cents', 'decimal(28,6)'),
    field('count', 'integer'),
    field('ok', 'boolean'),
    field('tags', listOf('string')),
  ];
  const random = (index: number) => Math.abs(Math.sin(index * 12.9898) * 43758.5453) % 1;
  const columns = columnsOf(
    fields,
    Array.from({ length: 10_000 }, (_, index): ColumnValue[] => [
      1_700_000_000_000_000n + BigInt(index * 1_734_000),
      index % 11 === 0 ? null : `city ${Math.floor(random(index) * 50)}`,
      `${Math.floor(random(index) * 1e15).toString(16)}-${index}`,
      Math.floor(random(index + 1) * 10_000) / 100,
      BigInt(Math.floor(random(index + 2) * 1e6)),
      Math.floor(random(index) ** 4 * 1000),
      random(index) < 0.9,
      Array.from({ length: index % 4 }, (_, item) => `tag ${item}`),
    ]),
  );
  for (const compression of ['zstd', 'snappy', 'none'] as const) {
    const other = await encodeParquet(columns, compression);
    expect((await encoded(columns, compression)).length).toBeLessThanOrEqual(other.bytes.length);
  }
});

describe('bounds of chunks', () => {
  const boundsOf = async (type: DataType, values: ColumnValue[]) => {
    const { statistics } = chunkOf(await encoded(oneColumn(type, values)));
    return [statistics?.min_value, statistics?.max_value];
  };

  test('floats with NaN have none, zeros have the sign that no reader minds', async () => {
    expect(await boundsOf('double', [1, Number.NaN])).toEqual([undefined, undefined]);
    expect(await boundsOf('float', [0])).toEqual([-0, 0]);
    expect(await boundsOf('double', [-0, Number.POSITIVE_INFINITY])).toEqual([-0, Number.POSITIVE_INFINITY]);
  });

  test('a column of nulls has none', async () => {
    expect(await boundsOf('string', [null, null])).toEqual([undefined, undefined]);
  });

  test('integers are signed, texts are ordered by their bytes', async () => {
    expect(await boundsOf('byte', [-128, 127, 0])).toEqual([-128, 127]);
    expect(await boundsOf('long', [2n ** 63n - 1n, -(2n ** 63n)])).toEqual([-(2n ** 63n), 2n ** 63n - 1n]);
    expect(await boundsOf('string', ['ab', 'a', 'ÿ', 'a\0', 'b'])).toEqual(['a', 'ÿ']);
    expect(await boundsOf('string', ['a🌊', 'a\uffee'])).toEqual(['a\uffee', 'a🌊']);
    expect(await boundsOf('string', ['aaaaaaaaa', 'aaaaaaaa', 'aaaaaaaab'])).toEqual(['aaaaaaaa', 'aaaaaaaab']);
  });

  test('long texts are cut between characters, on the right side', async () => {
    const least = `${'a'.repeat(63)}ä rest`;
    const greatest = `${'z'.repeat(60)}\u{10ffff}\u{10ffff} rest`;
    const { statistics } = chunkOf(await encoded(oneColumn('string', [least, greatest])));
    expect(statistics).toMatchObject({
      min_value: 'a'.repeat(63),
      is_min_value_exact: false,
      max_value: `${'z'.repeat(59)}{`,
      is_max_value_exact: false,
    });
  });

  test('nothing is above the greatest of all texts, once cut', async () => {
    expect(await boundsOf('string', ['\u{10ffff}'.repeat(20)])).toEqual([undefined, undefined]);
    expect(await boundsOf('binary', [new Uint8Array(70).fill(255)])).toEqual([undefined, undefined]);
  });
});

/** Rows enough for several pages of every column. */
function severalPages() {
  const fields = [
    field('id', 'long'),
    field('text', 'string'),
    field('few', 'string'),
    field('flag', 'boolean'),
    field('cents', 'decimal(38,2)'),
    field('late', 'integer'),
    field('list', listOf('integer')),
    field('nested', {
      type: 'struct',
      fields: [field('deep', listOf({ type: 'struct', fields: [field('x', 'double')] }))],
    }),
  ];
  const rows = Array.from({ length: 41_003 }, (_, index): ColumnValue[] => [
    BigInt((index * 7919) % 41_003),
    index % 3 === 0 ? null : `text ${index}`,
    `few ${index % 5}`,
    index % 7 === 0 ? null : index % 2 === 0,
    BigInt(index) ** 5n,
    index < 40_500 ? null : index,
    index % 4 === 0 ? null : Array.from({ length: index % 4 }, (_, item) => index + item),
    index % 6 === 0 ? null : [index % 5 === 0 ? null : [[index / 2], null, [null]].slice(0, index % 3)],
  ]);
  return { fields, rows, columns: columnsOf(fields, rows) };
}

/** The values of a row's leaf that page statistics speak of. */
function leavesIn(value: ColumnValue): ColumnValue[] {
  return Array.isArray(value) ? value.flatMap(leavesIn) : [value];
}

test('several pages: values come back, bounds and nulls of pages hold, offsets lead to them', async () => {
  const { fields, rows, columns } = severalPages();
  const bytes = await encoded(columns);
  const found = await rowsOf(
    bytes,
    [0, 1, 6].map((place) => fields[place]!),
  );
  expect(found.length).toBe(rows.length);
  for (const [index, row] of rows.entries()) {
    if (index % 997 !== 0) continue;
    expect([found[index]!.id, found[index]!.text, found[index]!.list]).toEqual([row[0], row[1], row[6]]);
  }
  const { bytes: other } = await encodeParquet(columns, 'zstd');
  const sums = `SELECT count(*), sum(id), count(text), sum(hash(text)), sum(hash(few)), count(flag), sum(hash(flag)),
    sum(cents), sum(late), sum(hash(list::VARCHAR)), sum(hash(nested::VARCHAR)) FROM $file`;
  expect(await duckdbRowsOf(bytes, sums)).toEqual(await duckdbRowsOf(other, sums));

  const mark = kernel.mark();
  const vectors = fields.map(({ type }, index) => ({ type, vector: columns.columns[index]!.vector() }));
  const made: FileColumns = { fields, columns: vectorColumns(kernel, vectors), rows: columns.rows };
  expect(Buffer.compare(await encoded(made), bytes), 'texts of all columns are taken block by block').toBe(0);
  expect(statisticsOf(made)).toBe(statisticsOf(columns));
  kernel.release(mark);

  const metadata = metadataOf(bytes);
  const view = new DataView(new Uint8Array(bytes).buffer);
  for (const [index, { name }] of fields.entries()) {
    const chunk = metadata.row_groups[0]!.columns[index]!;
    const at = (offset: bigint) => ({ view, offset: Number(offset) });
    const { page_locations: locations } = readOffsetIndex(at(chunk.offset_index_offset!));
    const path = getSchemaPath(metadata.schema, chunk.meta_data!.path_in_schema);
    const pages = readColumnIndex(at(chunk.column_index_offset!), path.at(-1)!.element);
    expect(locations.length, name).toBeGreaterThan(2);
    for (const [page, { offset, first_row_index: first }] of locations.entries()) {
      const end = locations[page + 1]?.first_row_index ?? BigInt(rows.length);
      const values = rows.slice(Number(first), Number(end)).flatMap((row) => leavesIn(row[index]!));
      const present = values.filter((value) => value !== null) as (number | bigint | string | boolean)[];
      expect(view.getUint8(Number(offset)), 'a page header begins with its type').toBe(0x15);
      expect(pages.null_pages[page]).toBe(present.length === 0);
      if (present.length === 0 || name === 'cents') continue;
      const least = present.reduce((one, other) => (other < one ? other : one));
      const greatest = present.reduce((one, other) => (other > one ? other : one));
      expect([pages.min_values[page], pages.max_values[page]], name).toEqual([least, greatest]);
      if (name === 'text') expect(Number(pages.null_counts![page])).toBe(values.length - present.length);
    }
  }
  expect(parquetSchema(metadata).children.length).toBe(fields.length);
});

test('a Bloom filter holds every value, and few others', async () => {
  const rows = Array.from({ length: 3000 }, (_, index): ColumnValue[] => [
    `device ${index % 700}`,
    BigInt(index) * 3n,
    index,
    index % 2 === 0 ? null : `unique ${index}`,
    `${index} ${'long '.repeat(index % 40)}`,
    index / 7,
  ]);
  const fields = [
    field('device', 'string'),
    field('id', 'long'),
    field('n', 'integer'),
    field('plain', 'string'),
    field('long', 'string'),
    field('seventh', 'double'),
  ];
  const bytes = await encoded(columnsOf(fields, rows), 'zstd', ['device', 'id', 'n', 'plain', 'long', 'seventh']);
  expect(await duckdbRowsOf(bytes, 'SELECT count(*) FROM $file')).toEqual([['3000']]);
  const excludes = async (column: string, value: string): Promise<boolean> => {
    const [row] = await duckdbRowsOf(
      bytes,
      `SELECT bloom_filter_excludes FROM parquet_bloom_probe($file, '${column}', ${value})`,
    );
    return row![0] as boolean;
  };
  for (const index of [0, 1, 355, 699]) {
    expect(await excludes('device', `'device ${index}'`)).toBe(false);
    expect(await excludes('id', `${index * 3}::BIGINT`)).toBe(false);
    expect(await excludes('n', `${index}::INTEGER`)).toBe(false);
    if (index % 2 === 1) expect(await excludes('plain', `'unique ${index}'`)).toBe(false);
    expect(await excludes('long', `'${rows[index]![4]}'`)).toBe(false);
    expect(await excludes('seventh', `${index}::DOUBLE / 7`)).toBe(false);
  }
  const others: boolean[] = [];
  for (let index = 0; index < 60; index++) others.push(await excludes('plain', `'unique ${index * 2}'`));
  expect(others.filter((excluded) => !excluded).length).toBeLessThan(6);
  expect(chunkOf(await encoded(columnsOf(fields, rows)), 0).bloom_filter_offset).toBeUndefined();
});

describe('vectors that only scanners make', () => {
  const bytesOf = (text: string) => new TextEncoder().encode(text);
  const column = (type: DataType, vector: Vector): FileColumns => ({
    fields: [field('v', type)],
    columns: vectorColumns(kernel, [{ type, vector }]),
    rows: vector.length,
  });

  test('slices in any order, some of them the same', async () => {
    const vector: Vector = {
      kind: 'bytes',
      length: 5,
      nullCount: 1,
      validity: Uint8Array.of(0b10111),
      bytes: bytesOf('xxhello world'),
      starts: Int32Array.of(8, 2, 2, 99_999, 0),
      ends: Int32Array.of(13, 7, 7, 5, 0),
    };
    for (const made of [
      await encoded(column('string', vector)),
      (await encodeParquet(column('string', vector), 'zstd')).bytes,
    ]) {
      const rows = await rowsOf(made, [field('v', 'string')]);
      expect(rows.map(({ v }) => v)).toEqual(['world', 'hello', 'hello', null, '']);
    }
  });

  test('dictionaries', async () => {
    const texts: Vector = {
      ...{ kind: 'bytes', length: 3, nullCount: 0, validity: undefined },
      ...{ bytes: bytesOf('abbccc'), starts: Int32Array.of(0, 1, 3), ends: Int32Array.of(1, 3, 6) },
    } as Vector;
    const numbers: Vector = {
      kind: 'fixed',
      length: 2,
      nullCount: 0,
      validity: undefined,
      values: Int16Array.of(-5, 7),
    };
    const indices = { kind: 'dictionary', length: 4, nullCount: 1, validity: Uint8Array.of(0b1101) } as const;
    const text: Vector = { ...indices, indices: Int32Array.of(2, 0, 0, 2), values: texts };
    const short: Vector = { ...indices, indices: Int32Array.of(1, 0, 0, 1), values: numbers };
    const fields = [field('t', 'string'), field('s', 'short')];
    const file: FileColumns = {
      fields,
      columns: vectorColumns(kernel, [
        { type: 'string', vector: text },
        { type: 'short', vector: short },
      ]),
      rows: 4,
    };
    for (const made of [await encoded(file), (await encodeParquet(file, 'zstd')).bytes]) {
      expect(await rowsOf(made, fields)).toEqual([
        { t: 'ccc', s: 7 },
        { t: null, s: null },
        { t: 'a', s: -5 },
        { t: 'ccc', s: 7 },
      ]);
    }
    expect(file.columns.map((made) => made.bounds())).toEqual([
      { min: '"a"', max: '"ccc"' },
      { min: '-5', max: '7' },
    ]);
  });

  test.each([
    ['decimal(9,2)', '"v":-1.23', '"v":4.56'],
    ['decimal(18,2)', '"v":-1.23', '"v":4.56'],
  ])('%s as 64 bits', async (type) => {
    const vector: Vector = {
      kind: 'fixed',
      length: 3,
      nullCount: 1,
      validity: Uint8Array.of(0b101),
      values: BigInt64Array.of(-123n, 1n, 456n),
    };
    const file = column(type, vector);
    expect(file.columns[0]!.bounds()).toEqual({ min: '-1.23', max: '4.56' });
    for (const made of [await encoded(file), (await encodeParquet(file, 'zstd')).bytes]) {
      expect((await rowsOf(made, file.fields)).map(({ v }) => v)).toEqual(['-1.23', null, '4.56']);
    }
  });
});

test('numbers of a dictionary that look like noise are stored as they are, in blocks', async () => {
  const type: DataType = listOf('string');
  // 2^13 texts over and over: each number is about as frequent as any other.
  const rows = Array.from({ length: 12_000 }, (_, row) =>
    Array.from({ length: 10 }, (_, item) => `text ${Math.imul(row * 10 + item, 0x9e3779b1) >>> 19}`),
  );
  const columns = oneColumn(type, rows);
  const bytes = await encoded(columns, 'zstd');
  const { total_compressed_size: stored, total_uncompressed_size: plain } = chunkOf(bytes);
  expect(Number(stored)).toBeGreaterThan(195_000);
  expect(Number(stored)).toBeLessThan(Number(plain));
  expect((await rowsOf(bytes, columns.fields as StructField[])).map(({ v }) => v)).toEqual(rows);
  const sums = 'SELECT count(*), sum(len(v)), sum(hash(v::VARCHAR)) FROM $file';
  expect(await duckdbRowsOf(bytes, sums)).toEqual(await duckdbRowsOf(await encoded(columns, 'none'), sums));
});

test('row groups of both takers go into one file, page indexes and Bloom filters of ours with them', async () => {
  const { fields, rows, columns } = severalPages();
  const few = columnsOf(fields, rows.slice(0, 500));
  const files = [
    await encoded(columns, 'zstd', ['text']),
    (await encodeParquet(few, 'zstd')).bytes,
    await encoded(few, 'snappy', ['text']),
  ];
  const sources = await findSources(
    files.map((bytes, index) => ({
      path: `file ${index}`,
      sizeBytes: bytes.length,
      readRange: async (start, end) => bytes.slice(start, end),
    })),
  );
  const pieces: Uint8Array[] = [];
  await copyRowGroups(sources, { write: async (bytes) => void pieces.push(bytes.slice()) });
  const copy = new Uint8Array(Buffer.concat(pieces));
  const sums = `SELECT count(*), sum(id), count(text), sum(hash(text)), sum(hash(list::VARCHAR)), sum(hash(nested::VARCHAR)) FROM $file`;
  const { bytes: wanted } = await encodeParquet(
    columnsOf(fields, [...rows, ...rows.slice(0, 500), ...rows.slice(0, 500)]),
    'none',
  );
  expect(await duckdbRowsOf(copy, sums)).toEqual(await duckdbRowsOf(wanted, sums));
  const probe = `SELECT bloom_filter_excludes FROM parquet_bloom_probe($file, 'text', 'text 40001')`;
  expect(await duckdbRowsOf(copy, probe)).toEqual([[false], [false], [true]]);
});
