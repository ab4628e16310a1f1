import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createdBy } from '#columnar/encode/created-by.ts';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import { loadKernel } from '#columnar/kernel/kernel.ts';
import type { ColumnValue } from '#columnar/vector/column.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import type { DataType } from '#delta/schema.ts';
import { field, listOf, mapOf } from '../support/schemas.ts';
import { runPython } from './support/python.ts';

/*
 * Files of our own encoder, opened by pyarrow, Spark and parquet-java beside parquet-wasm's of the same rows: every type, nulls,
 * lists, maps and structs, several pages, values of a megabyte, page indexes and a Bloom filter.
 */
interface Seen {
  pyarrow: {
    rows: number;
    same: boolean;
    created: string;
    indexes: boolean;
    bounds: Record<string, { hold: boolean; nulls: boolean }>;
  };
  spark: {
    rows: number;
    missing: number;
    extra: number;
    types: boolean;
    found: Probes<number>;
    left: Probes<number>;
    filter: Probes<boolean>;
  };
}
interface Probes<Answer> {
  present: Answer;
  absent: Answer;
  outside: Answer;
}

const rowCount = 45_000;
const pageRows = 20_000;

const columns: [name: string, type: DataType, value: (row: number) => ColumnValue][] = [
  ['text', 'string', (row) => `text ${String(row).padStart(6, '0')}`],
  ['few', 'string', (row) => (row % 10 === 0 ? null : `few ${row % 7}`)],
  ['large', 'string', (row) => (row % 20_000 === 7 ? 'x'.repeat(1_000_000) : row % 2 === 0 ? 'ä🌊' : null)],
  ['bytes', 'binary', (row) => (row % 3 === 0 ? null : new Uint8Array([row & 0xff, 255, 0]))],
  ['tiny', 'byte', (row) => (row % 256) - 128],
  ['small', 'short', (row) => (row % 65_536) - 32_768],
  ['whole', 'integer', (row) => (row % 5 === 0 ? null : row * 40_000 - 900_000_000)],
  ['wide', 'long', (row) => 2n ** 62n - BigInt(row) ** 3n],
  ['single', 'float', (row) => row / 8],
  ['double', 'double', (row) => (row % 100 === 0 ? null : row / 7)],
  ['flag', 'boolean', (row) => (row % 11 === 0 ? null : row % 2 === 0)],
  ['day', 'date', (row) => row - 20_000],
  ['at', 'timestamp', (row) => 1_700_000_000_000_000n + BigInt(row) * 1_000_003n],
  ['local', 'timestamp_ntz', (row) => BigInt(row) * 86_400_000_000n],
  ['cents', 'decimal(9,2)', (row) => BigInt(row % 1000) - 500n],
  ['amount', 'decimal(18,6)', (row) => BigInt(row) * 10n ** 11n],
  ['exact', 'decimal(38,10)', (row) => (row % 4 === 0 ? null : -(BigInt(row) ** 6n))],
  [
    'tags',
    listOf('string'),
    (row) => (row % 6 === 0 ? null : Array.from({ length: row % 4 }, (_, tag) => `tag ${tag}`)),
  ],
  [
    'labels',
    mapOf('string', 'long'),
    (row) =>
      row % 7 === 0 ? null : Array.from({ length: row % 4 }, (_, key) => [`label ${key}`, key ? BigInt(row) : null]),
  ],
  [
    'places',
    mapOf('date', {
      type: 'struct',
      fields: [field('city', 'string'), field('visits', mapOf('string', listOf('integer')))],
    }),
    (row) =>
      row % 3 === 0
        ? []
        : [
            [row, [`city ${row % 50}`, [['seen', [row, null]]]]],
            [row + 1, null],
          ],
  ],
  [
    'nested',
    {
      type: 'struct',
      fields: [
        field('id', 'long'),
        field('deep', listOf({ type: 'struct', fields: [field('x', 'double'), field('y', listOf('integer'))] })),
      ],
    },
    (row) => (row % 9 === 0 ? null : [BigInt(row), row % 5 === 0 ? null : [[row / 2, [row, null]], null, [null, []]]]),
  ],
];

let folder: string;
let seen: Seen;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alluvium-encoder-'));
  const fields = columns.map(([name, type]) => field(name, type));
  const rows = new RowColumns(fields);
  for (let row = 0; row < rowCount; row++) rows.append(columns.map(([, , value]) => value(row)));
  const [ours, other] = [join(folder, 'ours.parquet'), join(folder, 'other.parquet')];
  const own = await encodeParquet(rows, 'zstd', loadKernel(), { bloomFilters: ['text', 'few'] });
  expect(own.taker).toBe('own');
  await writeFile(ours, own.bytes);
  await writeFile(other, (await encodeParquet(rows, 'zstd')).bytes);
  seen = await runPython<Seen>('read_parquet_files.py', [ours, other]);
}, 180_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test('pyarrow reads the rows of parquet-wasm, finds page indexes, and bounds that hold', () => {
  const { bounds, ...rest } = seen.pyarrow;
  expect(rest).toEqual({ rows: rowCount, same: true, created: createdBy, indexes: true });
  const known = Object.keys(bounds);
  expect(known).toEqual(expect.arrayContaining(['text', 'few', 'wide', 'double', 'day', 'at', 'exact', 'flag']));
  expect(bounds).toEqual(Object.fromEntries(known.map((name) => [name, { hold: true, nulls: true }])));
});

test('Spark reads the rows of parquet-wasm under the same types', () => {
  const { rows, missing, extra, types, found } = seen.spark;
  expect({ rows, missing, extra, types }).toEqual({ rows: rowCount, missing: 0, extra: 0, types: true });
  expect(found).toEqual({ present: 1, absent: 0, outside: 0 });
});

test('parquet-java reads one page for one text, and none for a text that the Bloom filter does not know', () => {
  expect(seen.spark.left).toEqual({ present: pageRows, absent: 0, outside: 0 });
  expect(seen.spark.filter).toEqual({ present: true, absent: false, outside: false });
});
