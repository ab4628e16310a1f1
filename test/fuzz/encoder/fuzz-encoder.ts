import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import type { Compression } from '#columnar/encode/page-compression.ts';
import { loadKernel } from '#columnar/kernel/kernel.ts';
import type { ColumnValue } from '#columnar/vector/column.ts';
import type { StructField } from '#delta/schema.ts';
import { SeededRandom } from '../../../scripts/local/seeded-random.ts';
import { isSameValue } from '../vector-values.ts';
import { type FilledColumns, randomColumns } from './random-columns.ts';
import { duckdbReader, hyparquetReader, type Reader } from './read-back.ts';

const compressions: readonly Compression[] = ['zstd', 'snappy', 'none'];

export interface EncodedCases {
  /** One past the last seed. */
  nextSeed: number;
  files: number;
  values: number;
  found?: { seed: number; message: string; fields: readonly StructField[]; rows: number };
}

/** Encodes columns of one seed after another and reads them back, until time is up or a reader sees other values. */
export async function fuzzEncoder(firstSeed: number, ms: number): Promise<EncodedCases> {
  const folder = mkdtempSync(join(tmpdir(), 'alluvium-fuzz-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const endMs = performance.now() + ms;
  const counts = { files: 0, values: 0 };
  let seed = firstSeed;
  try {
    do {
      const random = new SeededRandom(seed * 6_271);
      const filled = randomColumns(random);
      const { fields } = filled.columns;
      const message = await outcomeOf(filled, random, connection, join(folder, `${seed}.parquet`));
      counts.files++;
      counts.values += fields.length * filled.rows.length;
      if (message !== undefined)
        return { nextSeed: seed + 1, ...counts, found: { seed, message, fields, rows: filled.rows.length } };
      seed++;
    } while (performance.now() < endMs);
    return { nextSeed: seed, ...counts };
  } finally {
    connection.closeSync();
    instance.closeSync();
    rmSync(folder, { recursive: true, force: true });
  }
}

const kernel = loadKernel();

async function outcomeOf(
  { columns, rows }: FilledColumns,
  random: SeededRandom,
  connection: DuckDBConnection,
  file: string,
): Promise<string | undefined> {
  /** A name for each file: DuckDB takes another file of the same name, size and time for the one that it knows. */
  const readers: Record<string, Reader> = { DuckDB: duckdbReader(connection, file), hyparquet: hyparquetReader };
  const compression = random.pick(compressions);
  const bloomFilters = columns.fields
    .filter(({ type }) => typeof type === 'string' && random.next() < 0.3)
    .map(({ name }) => name);
  const mark = kernel.mark();
  try {
    const { bytes, taker } = await encodeParquet(columns, compression, kernel, { bloomFilters });
    writeFileSync(file, bytes);
    for (const [reader, read] of Object.entries(readers)) {
      const found = await read(bytes, columns.fields);
      const message = difference(columns.fields, rows, found);
      if (message !== undefined) return `${reader} of a file by ${taker}, ${compression}: ${message}`;
    }
    return await notFound(columns.fields, rows, connection, file);
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  } finally {
    rmSync(file, { force: true });
    kernel.release(mark);
  }
}

function difference(
  fields: readonly StructField[],
  rows: readonly ColumnValue[][],
  found: readonly (ColumnValue[] | undefined)[],
): string | undefined {
  for (const [place, { name, type }] of fields.entries()) {
    const values = found[place];
    if (values === undefined) continue;
    const about = `column ${name} (${JSON.stringify(type)})`;
    if (values.length !== rows.length) return `${about}: expected ${rows.length} rows, got ${values.length}`;
    for (const [row, wanted] of rows.entries()) {
      const [expected, got] = [wanted[place] as ColumnValue, values[row] as ColumnValue];
      if (!isSameValue(expected, got)) return `${about}, row ${row}: expected ${String(expected)}, got ${String(got)}`;
    }
  }
  return undefined;
}

/** Statistics and Bloom filters hide no value: each that is asked for is found as often as it is there. */
async function notFound(
  fields: readonly StructField[],
  rows: readonly ColumnValue[][],
  connection: DuckDBConnection,
  file: string,
): Promise<string | undefined> {
  for (const [place, { name, type }] of fields.entries()) {
    if (type !== 'string' && type !== 'long' && type !== 'integer') continue;
    const value = rows[rows.length >> 1]?.[place];
    if (value === null || value === undefined || String(value).includes('\0') || String(value).length > 1_000) continue;
    const wanted = rows.filter((row) => row[place] === value).length;
    const literal = type === 'string' ? `'${String(value).replaceAll("'", "''")}'` : String(value);
    const answer = await connection.runAndReadAll(
      `SELECT count(*) FROM read_parquet('${file}') WHERE "${name}" = ${literal}`,
    );
    const got = Number(answer.getRows()[0]?.[0]);
    if (got !== wanted) return `column ${name} (${type}): expected ${literal} ${wanted} times, found it ${got} times`;
  }
  return undefined;
}
