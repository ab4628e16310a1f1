import type { AddFile } from '#delta/actions.ts';
import type { RangedFile } from '#delta/checkpoint-codec.ts';
import { MissingDataFile, UnsupportedFeature } from '#delta/errors.ts';
import { decodePath } from '#delta/file-path.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { parseSchema, type StructField } from '#delta/schema.ts';
import type { Snapshot } from '#delta/snapshot.ts';
import { exactParsers, withRawDecimals } from './exact-values.ts';
import { openParquet, type ParquetFile, parquetRows } from './read-parquet.ts';
import { textToValue, toValue, type Value } from './row-value.ts';

export type Row = Record<string, Value>;

export interface ScanOptions {
  /** Top-level columns to read; absent: all, in the schema's order. */
  columns?: readonly string[];
}

/**
 * Rows of a snapshot, file by file; a column that a file does not have is null.
 *
 * @throws {UnsupportedFeature} for deletion vectors, column mapping and unknown types.
 * @throws {MissingDataFile} when a live file is not there.
 */
export async function* scanTable(
  store: ObjectStore,
  snapshot: Snapshot,
  { columns }: ScanOptions = {},
): AsyncGenerator<Row> {
  const mapping = snapshot.metaData.configuration['delta.columnMapping.mode'] ?? 'none';
  if (mapping !== 'none')
    throw new UnsupportedFeature(`columnMapping: expected a table without it, got mode ${mapping}`);
  const all = parseSchema(snapshot.metaData.schemaString).fields;
  const fields = columns === undefined ? all : columns.map((name) => fieldNamed(all, name));
  const partitionColumns = new Set(snapshot.metaData.partitionColumns);
  const stored = fields.filter(({ name }) => !partitionColumns.has(name));
  for (const add of snapshot.files.values()) {
    const constants = Object.fromEntries(
      fields
        .filter(({ name }) => partitionColumns.has(name))
        .map(({ name, type }) => [name, textToValue(add.partitionValues[name] ?? null, type)]),
    );
    for await (const row of storedRows(await openLiveFile(store, add), stored)) {
      const values = { ...constants, ...row };
      yield Object.fromEntries(fields.map(({ name }) => [name, values[name] ?? null]));
    }
  }
}

function fieldNamed(fields: readonly StructField[], name: string): StructField {
  const field = fields.find((candidate) => candidate.name === name);
  if (field === undefined) {
    throw new Error(`expected a column among ${fields.map((candidate) => candidate.name).join(', ')}, got ${name}`);
  }
  return field;
}

async function openLiveFile(store: ObjectStore, add: AddFile): Promise<ParquetFile> {
  if (add.deletionVector !== undefined) {
    throw new UnsupportedFeature(`deletionVectors: expected ${add.path} without one`);
  }
  return openDataFile(store, decodePath(add.path));
}

async function openDataFile(store: ObjectStore, path: string): Promise<ParquetFile> {
  const missing = (cause?: unknown) =>
    new MissingDataFile(`${path}: expected the data file that log or ledger names`, { cause });
  const info = await store.head(path);
  if (info === undefined) throw missing();
  const file: RangedFile = {
    path,
    sizeBytes: info.sizeBytes,
    async readRange(start, end) {
      const bytes = await store.readRange(path, start, end);
      if (bytes === undefined) throw missing();
      return bytes;
    },
  };
  const parquet = await openParquet(file);
  return { ...parquet, metadata: withRawDecimals(parquet.metadata) };
}

async function* storedRows(file: ParquetFile, fields: readonly StructField[]): AsyncGenerator<Row> {
  const present = columnsOf(file);
  const read = fields.filter(({ name, type }) => present.has(name) && type !== 'void');
  if (read.length === 0) {
    for (let row = 0; row < Number(file.metadata.num_rows); row++) yield {};
    return;
  }
  const names = read.map(({ name }) => name);
  for await (const raw of parquetRows(file, names, exactParsers, false)) {
    yield Object.fromEntries(read.map(({ name, type }) => [name, toValue(raw[name], type)]));
  }
}

const topLevelName = (chunk: ParquetFile['metadata']['row_groups'][number]['columns'][number]): string | undefined =>
  chunk.meta_data?.path_in_schema[0];

const columnsOf = ({ metadata }: ParquetFile): Set<string | undefined> =>
  new Set(metadata.row_groups.flatMap(({ columns }) => columns.map(topLevelName)));

/** A data file's rows and the names of its top-level columns. */
export interface DataFileRows {
  columns: ReadonlySet<string>;
  rows: Row[];
}

/**
 * All rows of one data file, by those of `fields` that it has.
 *
 * @throws {MissingDataFile} when the file is not there.
 */
export async function dataFileRows(
  store: ObjectStore,
  path: string,
  fields: readonly StructField[],
): Promise<DataFileRows> {
  const file = await openDataFile(store, path);
  const columns = new Set([...columnsOf(file)].filter((name) => name !== undefined));
  return { columns, rows: await Array.fromAsync(storedRows(file, fields)) };
}
