import type { AddFile, MetaData } from '#delta/actions.ts';
import { type ColumnMappingMode, columnMappingMode, physicalName } from '#delta/column-mapping.ts';
import { deletedPositions } from '#delta/deletion-vector.ts';
import { type AbsoluteLocator, locateFile } from '#delta/file-location.ts';
import { decodePath } from '#delta/file-path.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { type BoundPredicate, matchesRow } from '#delta/predicate.ts';
import { type DataType, parseSchema, type StructField } from '#delta/schema.ts';
import { assertKnownTypeChanges } from '#delta/type-changes.ts';
import { partitionValue, type Value } from '#delta/value.ts';
import { openDataFile, type Row } from './data-file.ts';
import { lookAhead } from './look-ahead.ts';
import { assertKnownType } from './primitive-value.ts';

export type { Row } from './data-file.ts';

/** Files that are opened while one before them is read: footers are small, and each costs a store's latency. */
const filesAhead = 4;

export interface ScanOptions {
  /** Top-level columns to read; absent: all, in the schema's order. */
  columns?: readonly string[];
  /** Rows that do not match it are left out. */
  predicate?: BoundPredicate;
  /** Leads to the data files and deletion vectors that the log names absolutely. */
  locate?: AbsoluteLocator;
}

/** What a scan needs of one version of a table: its columns and its live files. */
export interface ScannedTable {
  metaData: MetaData;
  files: Iterable<AddFile> | AsyncIterable<AddFile>;
}

/**
 * Rows of one version of a table, file by file, without those that deletion vectors delete; a column that a file does not
 * have is null. Values have the types of the table's schema, whatever narrower ones a file holds.
 *
 * @throws {UnsupportedFeature} for column types, type changes and absolute paths that are not read here.
 * @throws {MissingDataFile} when a live file, or its deletion vector, is not there.
 */
export async function* scanTable(...args: Parameters<typeof scanBatches>): AsyncGenerator<Row> {
  for await (const rows of scanBatches(...args)) yield* rows;
}

/** As `scanTable`, some rows at a time: for many rows it is faster. */
export async function* scanBatches(
  store: ObjectStore,
  { metaData, files }: ScannedTable,
  { columns, predicate = [], locate }: ScanOptions = {},
): AsyncGenerator<Row[]> {
  const mode = columnMappingMode(metaData);
  const schema = parseSchema(metaData.schemaString);
  assertKnownTypeChanges(schema);
  const fields = columns === undefined ? schema.fields : columns.map((name) => fieldNamed(schema.fields, name));
  const compared = predicate.map((comparison) => comparison.fields[0]!);
  const read = [...new Map([...fields, ...compared].map((field) => [field.name, field])).values()];
  for (const { name, type } of read) assertKnownTypes(type, name);
  const partitionColumns = new Set(metaData.partitionColumns);
  const constantFields = read.filter(({ name }) => partitionColumns.has(name));
  const matches = rowFilter(predicate);
  const opened = lookAhead(files, filesAhead, async (add) => {
    const location = locateFile(store, decodePath(add.path), locate);
    const [file, isLive] = await Promise.all([
      openDataFile(location.store, location.path, mode),
      liveRows(store, add, locate),
    ]);
    return { file, isLive, constants: constantsOf(add, constantFields, mode) };
  });
  for await (const { file, isLive, constants } of opened) {
    for await (const rows of file.batches(read, constants)) {
      const found = rows.filter((row) => isLive() && matches(row));
      yield read.length === fields.length ? found : found.map((row) => projected(row, fields));
    }
  }
}

const projected = (row: Row, fields: readonly StructField[]): Row =>
  Object.fromEntries(fields.map(({ name }) => [name, row[name]!]));

function rowFilter(predicate: BoundPredicate): (row: Row) => boolean {
  if (predicate.length === 0) return () => true;
  const valuesAt = new Map(predicate.map((comparison) => [comparison.column, valueAt(comparison)]));
  return (row) => matchesRow(predicate, (column) => valuesAt.get(column)!(row));
}

/** The value along a comparison's fields; null where one on the way is. */
const valueAt =
  ({ fields }: BoundPredicate[number]) =>
  (row: Row): Value =>
    fields.reduce<Value>((value, { name }) => (value as Row | null)?.[name] ?? null, row);

function fieldNamed(fields: readonly StructField[], name: string): StructField {
  const field = fields.find((candidate) => candidate.name === name);
  if (field === undefined) {
    throw new Error(`expected a column among ${fields.map((candidate) => candidate.name).join(', ')}, got ${name}`);
  }
  return field;
}

function assertKnownTypes(type: DataType, path: string): void {
  if (typeof type === 'string') assertKnownType(type, path);
  else if (type.type === 'struct')
    for (const { name, type: inner } of type.fields) assertKnownTypes(inner, `${path}.${name}`);
  else if (type.type === 'array') assertKnownTypes(type.elementType, `${path}.element`);
  else {
    assertKnownTypes(type.keyType, `${path}.key`);
    assertKnownTypes(type.valueType, `${path}.value`);
  }
}

const constantsOf = ({ partitionValues }: AddFile, fields: readonly StructField[], mode: ColumnMappingMode): Row =>
  Object.fromEntries(
    fields.map((field) => [field.name, partitionValue(partitionValues[physicalName(field, mode)], field.type)]),
  );

/** Whether a file's next row is live, asked for each row in turn. */
async function liveRows(
  store: ObjectStore,
  { deletionVector }: AddFile,
  locate: AbsoluteLocator | undefined,
): Promise<() => boolean> {
  if (deletionVector === undefined) return () => true;
  const deleted = await deletedPositions(store, deletionVector, locate);
  let position = 0;
  let nextDeleted = 0;
  return () => {
    const isDeleted = deleted[nextDeleted] === position;
    if (isDeleted) nextDeleted += 1;
    position += 1;
    return !isDeleted;
  };
}
