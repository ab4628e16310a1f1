import { parquetSchema } from 'hyparquet';
import type { RangedFile } from '#delta/checkpoint-codec.ts';
import type { ColumnMappingMode } from '#delta/column-mapping.ts';
import { MissingDataFile } from '#delta/errors.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import type { StructField } from '#delta/schema.ts';
import type { Value } from '#delta/value.ts';
import { exactParsers, plainName, withPlainMaps, withRawDecimals } from './exact-values.ts';
import { assertHasIds, fieldIn, type ToValue, valueReader } from './file-column.ts';
import { openParquet, type ParquetFile, type ParquetRow, parquetRowGroups } from './read-parquet.ts';

export type Row = Record<string, Value>;

/** A data file whose footer has been read, and how a table's columns are found in it. */
export interface DataFile {
  /** Names of its top-level fields. */
  columns: ReadonlySet<string>;
  /**
   * Rows in the file's order, some at a time, a row group in memory at most: `fields` by the table's names and in their order.
   * `constants` go before what the file has; what neither has is null.
   */
  batches(fields: readonly StructField[], constants?: Readonly<Row>): AsyncGenerator<Row[]>;
}

/** What reading a file asks of a store. */
export type ReadableStore = Pick<ObjectStore, 'head' | 'readRange'>;

/**
 * @throws {MissingDataFile} when no object is there.
 * @throws {UnsupportedFeature} from `batches`, when a field holds what does not widen to the table's type.
 */
export async function openDataFile(store: ReadableStore, path: string, mode: ColumnMappingMode): Promise<DataFile> {
  const missing = () => new MissingDataFile(`${path}: expected the data file that log or ledger names`);
  const info = await store.head(path);
  if (info === undefined) throw missing();
  let storeFailure: unknown;
  const file: RangedFile = {
    path,
    sizeBytes: info.sizeBytes,
    async readRange(start, end) {
      try {
        const bytes = await store.readRange(path, start, end);
        if (bytes === undefined) throw missing();
        return bytes;
      } catch (error) {
        storeFailure = error;
        throw error;
      }
    },
  };
  const failure = (cause: unknown) =>
    storeFailure ?? new Error(`${path}: expected a Parquet file whose pages can be read`, { cause });
  const parquet = await openParquet(file).catch((cause) => {
    throw failure(cause);
  });
  const root = parquetSchema(parquet.metadata);
  assertHasIds(root, mode, path);
  return {
    columns: new Set(root.children.map(({ element }) => element.name)),
    batches(fields, constants = {}) {
      const readers = fields.map((field): ColumnReader => {
        const { name, type } = field;
        if (Object.hasOwn(constants, name)) return { name, constant: constants[name]! };
        const node = type === 'void' ? undefined : fieldIn(root.children, field, mode);
        if (node === undefined) return { name, constant: null };
        return { name, stored: plainName(node.element.name), read: valueReader(type, node, mode, name) };
      });
      return namingFailures(batchesOf(parquet, readers), failure);
    },
  };
}

async function* namingFailures<Item>(items: AsyncIterable<Item>, failure: (cause: unknown) => unknown) {
  try {
    yield* items;
  } catch (cause) {
    throw failure(cause);
  }
}

/** A column by its `plainName` in the file, or one that has the same value in every row. */
type ColumnReader = { name: string } & ({ stored: string; read: ToValue } | { constant: Value });

const rowsPerBatch = 4_096;

async function* batchesOf(parquet: ParquetFile, readers: readonly ColumnReader[]): AsyncGenerator<Row[]> {
  const stored = readers.flatMap((reader) => ('stored' in reader ? [reader.stored] : []));
  const toRow = (raw: ParquetRow): Row => {
    const row: Row = {};
    for (const reader of readers) {
      const value = 'stored' in reader ? reader.read(raw[reader.stored]) : reader.constant;
      // Assigned, this name would be no field.
      if (reader.name === '__proto__') Object.defineProperty(row, reader.name, { value, enumerable: true });
      else row[reader.name] = value;
    }
    return row;
  };
  const exact = { ...parquet, metadata: withPlainMaps(withRawDecimals(parquet.metadata)) };
  const groups = stored.length === 0 ? emptyRows(exact) : parquetRowGroups(exact, stored, exactParsers, false);
  for await (const rows of groups) {
    for (let start = 0; start < rows.length; start += rowsPerBatch) {
      yield rows.slice(start, start + rowsPerBatch).map(toRow);
    }
  }
}

function* emptyRows({ metadata }: ParquetFile): Generator<ParquetRow[]> {
  for (let left = Number(metadata.num_rows); left > 0; left -= rowsPerBatch) {
    yield Array.from({ length: Math.min(left, rowsPerBatch) }, () => ({}));
  }
}

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
  store: ReadableStore,
  path: string,
  fields: readonly StructField[],
): Promise<DataFileRows> {
  const { columns, batches } = await openDataFile(store, path, 'none');
  const present = fields.filter(({ name }) => columns.has(name));
  return { columns, rows: (await Array.fromAsync(batches(present))).flat() };
}
