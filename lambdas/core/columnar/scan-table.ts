import type { AddFile, MetaData } from '#delta/actions.ts';
import { type ColumnMappingMode, columnMappingMode, physicalName } from '#delta/column-mapping.ts';
import { deletedPositions } from '#delta/deletion-vector.ts';
import { type AbsoluteLocator, locateFile } from '#delta/file-location.ts';
import { decodePath } from '#delta/file-path.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { type BoundPredicate, matchesRow } from '#delta/predicate.ts';
import { type DataType, parseSchema, type StructField } from '#delta/schema.ts';
import { assertKnownTypeChanges } from '#delta/type-changes.ts';
import { textToValue, type Value } from '#delta/value.ts';
import { openDataFile, type Row } from './data-file.ts';
import { assertKnownType } from './primitive-value.ts';

export type { Row };

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
export async function* scanTable(
  store: ObjectStore,
  { metaData, files }: ScannedTable,
  { columns, predicate = [], locate }: ScanOptions = {},
): AsyncGenerator<Row> {
  const mode = columnMappingMode(metaData);
  const schema = parseSchema(metaData.schemaString);
  assertKnownTypeChanges(schema);
  const fields = columns === undefined ? schema.fields : columns.map((name) => fieldNamed(schema.fields, name));
  const compared = predicate.map((comparison) => comparison.fields[0]!);
  const read = [...new Map([...fields, ...compared].map((field) => [field.name, field])).values()];
  for (const { name, type } of read) assertKnownTypes(type, name);
  const partitionColumns = new Set(metaData.partitionColumns);
  const isConstant = ({ name }: StructField) => partitionColumns.has(name);
  const constantFields = read.filter(isConstant);
  const storedFields = read.filter((field) => !isConstant(field));
  const valuesAt = new Map(predicate.map((comparison) => [comparison.column, valueAt(comparison)]));
  for await (const add of files) {
    const constants = constantsOf(add, constantFields, mode);
    for await (const row of liveRows(store, add, storedFields, mode, locate)) {
      const values = { ...constants, ...row };
      if (predicate.length > 0 && !matchesRow(predicate, (column) => valuesAt.get(column)!(values))) continue;
      yield Object.fromEntries(fields.map(({ name }) => [name, values[name] ?? null]));
    }
  }
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
    fields.map((field) => [field.name, textToValue(partitionValues[physicalName(field, mode)] ?? null, field.type)]),
  );

/** Rows of a live file, those deleted left out. */
async function* liveRows(
  store: ObjectStore,
  add: AddFile,
  fields: readonly StructField[],
  mode: ColumnMappingMode,
  locate: AbsoluteLocator | undefined,
): AsyncGenerator<Row> {
  const location = locateFile(store, decodePath(add.path), locate);
  const { deletionVector } = add;
  const [file, deleted] = await Promise.all([
    openDataFile(location.store, location.path, mode),
    deletionVector === undefined ? [] : deletedPositions(store, deletionVector, locate),
  ]);
  let position = 0;
  let nextDeleted = 0;
  for await (const row of file.rows(fields)) {
    if (deleted[nextDeleted] === position) nextDeleted++;
    else yield row;
    position++;
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
  store: ObjectStore,
  path: string,
  fields: readonly StructField[],
): Promise<DataFileRows> {
  const file = await openDataFile(store, path, 'none');
  return { columns: file.columns, rows: await Array.fromAsync(file.rows(fields)) };
}
