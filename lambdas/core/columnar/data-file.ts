import { parquetSchema } from 'hyparquet';
import type { RangedFile } from '#delta/checkpoint-codec.ts';
import type { ColumnMappingMode } from '#delta/column-mapping.ts';
import { MissingDataFile } from '#delta/errors.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import type { StructField } from '#delta/schema.ts';
import type { Value } from '#delta/value.ts';
import { exactParsers, withPlainMaps, withRawDecimals } from './exact-values.ts';
import { assertHasIds, fieldIn, type ToValue, valueReader } from './file-column.ts';
import { openParquet, type ParquetFile, parquetRows } from './read-parquet.ts';

export type Row = Record<string, Value>;

/** A data file whose footer has been read, and how a table's columns are found in it. */
export interface DataFile {
  rowCount: number;
  /** Names of its top-level fields. */
  columns: ReadonlySet<string>;
  /** Those of `fields` that the file has, by the table's names, a row group in memory at a time. */
  rows(fields: readonly StructField[]): AsyncGenerator<Row>;
}

/**
 * @throws {MissingDataFile} when no object is there.
 * @throws {UnsupportedFeature} from `rows`, when a field holds what does not widen to the table's type.
 */
export async function openDataFile(store: ObjectStore, path: string, mode: ColumnMappingMode): Promise<DataFile> {
  const missing = () => new MissingDataFile(`${path}: expected the data file that log or ledger names`);
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
  const root = parquetSchema(parquet.metadata);
  assertHasIds(root, mode, path);
  return {
    rowCount: Number(parquet.metadata.num_rows),
    columns: new Set(root.children.map(({ element }) => element.name)),
    rows(fields) {
      const readers = fields.flatMap((field) => {
        const node = field.type === 'void' ? undefined : fieldIn(root.children, field, mode);
        if (node === undefined) return [];
        return [{ name: field.name, stored: node.element.name, read: valueReader(field.type, node, mode, field.name) }];
      });
      return rowsOf(parquet, readers);
    },
  };
}

interface ColumnReader {
  name: string;
  /** The file's own name. */
  stored: string;
  read: ToValue;
}

async function* rowsOf(parquet: ParquetFile, readers: readonly ColumnReader[]): AsyncGenerator<Row> {
  if (readers.length === 0) {
    for (let row = 0; row < Number(parquet.metadata.num_rows); row++) yield {};
    return;
  }
  const exact = { ...parquet, metadata: withPlainMaps(withRawDecimals(parquet.metadata)) };
  const stored = readers.map((reader) => reader.stored);
  for await (const raw of parquetRows(exact, stored, exactParsers, false)) {
    const row: Row = {};
    for (const { name, stored: column, read } of readers) row[name] = read(raw[column]);
    yield row;
  }
}
