import { deadLetterTable } from '#contract/dead-letter-table.ts';
import type { CheckpointReader } from '#delta/checkpoint-codec.ts';
import { type LogState, loadLogState } from '#delta/log-state.ts';
import { wideningOf } from '#delta/protocol.ts';
import { type DataType, parseSchema, type StructField, type StructType, serializeSchema } from '#delta/schema.ts';
import { addColumns, type Widening } from '#delta/schema-growth.ts';
import { withNamesOf } from '#delta/schema-names.ts';
import { columnFeaturesOf, filePropertiesOf } from '../file-properties.ts';
import { isOfDeadLetters } from '../ingest/dead-letter.ts';
import type { Ledger, TableRecord } from '../ledger/ledger.ts';
import type { TableLog } from '../log/table-log.ts';
import { SchemaConflictError } from './commit-errors.ts';
import { conflictingFields } from './contradicted-columns.ts';

/** Ingests may win the race for the next schema version this often before something is wrong. */
const maxRaces = 50;

/**
 * The table's record, made to know what the log says: columns that others added, properties that say how files are written, the
 * partitioning that others gave it, and the incarnation of a table that others made. A column that both have is called as in
 * the log. Where the log has it with another type, the log's is agreed on, and the record keeps what files staged so far may
 * hold. Ingest then uses what is agreed for files to come.
 *
 * @throws {SchemaConflictError} where the log of a table of dead letters has one of its columns with another type.
 */
export async function agreeWithLog(found: TableRecord, state: LogState, ledger: Ledger): Promise<TableRecord> {
  let record = found;
  for (let race = 0; race < maxRaces; race++) {
    const wanted = mergedRecord(record, state);
    if (wanted === undefined) return record;
    record = await ledger.updateTable({ ...wanted, schemaVersion: record.schemaVersion + 1 }, record.schemaVersion);
  }
  throw new Error(`table ${found.tableName}: expected to agree with its log within ${maxRaces} rounds`);
}

/** As `agreeWithLog`, for an operation that has just changed a table's log; nothing where the ledger knows no such table. */
export async function agreeTableWithLog(
  tableName: string,
  { objects }: Pick<TableLog, 'objects'>,
  codec: CheckpointReader,
  ledger: Ledger,
): Promise<void> {
  const record = await ledger.tableNamed(tableName);
  const state = await loadLogState(objects, codec);
  if (record !== undefined && state !== undefined) await agreeWithLog(record, state, ledger);
}

function mergedRecord(record: TableRecord, state: LogState): TableRecord | undefined {
  const { id: incarnation, partitionColumns, configuration } = state.metaData;
  const isNew = record.incarnation !== incarnation;
  const { fileProperties: _, features: __, ...rest } = record;
  const written: TableRecord = {
    ...{ ...rest, partitionColumns },
    ...filePropertiesOf(configuration),
    ...columnFeaturesOf(state.protocol),
  };
  const isSame =
    record.partitionColumns.join() === partitionColumns.join() &&
    samePairs(written.fileProperties, record.fileProperties) &&
    JSON.stringify(written.features) === JSON.stringify(record.features);
  if (!isNew && record.schemaString === state.metaData.schemaString) return isSame ? undefined : written;
  const log = parseSchema(state.metaData.schemaString);
  const agreed = parseSchema(record.schemaString);
  const ledger = withNamesOf(agreed, log);
  const widening = wideningOf(state);
  const conflicts = conflictingFields(ledger, log, widening);
  if (conflicts.length > 0) {
    if (isStale(record, state, conflicts)) return undefined;
    if (record.tableName === deadLetterTable || isOfDeadLetters(ledger))
      throw deadLettersConflict(record, conflicts, log);
  }
  const known = { ...written, ...contradictedOf(record, state, conflicts) };
  if (isNew) {
    const others = ledger.fields.filter((field) => !conflicts.includes(field));
    const schemaString = grownBy(log, { ...ledger, fields: others }, widening) ?? state.metaData.schemaString;
    return { ...known, incarnation, schemaString };
  }
  const asLog = (field: StructField) => (conflicts.includes(field) ? fieldNamed(log, field.name) : field);
  const settled = { ...ledger, fields: ledger.fields.map(asLog) };
  const isChanged = conflicts.length > 0 || ledger !== agreed;
  const schemaString =
    grownBy(settled, log, widening === 'never' ? 'never' : 'any') ?? (isChanged ? serializeSchema(settled) : undefined);
  if (schemaString === undefined) return isSame ? undefined : written;
  return { ...known, schemaString };
}

const samePairs = (left: Record<string, string> = {}, right: Record<string, string> = {}): boolean =>
  Object.keys(left).length === Object.keys(right).length &&
  Object.entries(left).every(([key, value]) => right[key] === value);

/** The ledger has agreed with a later version of the log than this one. */
function isStale({ contradicted = [] }: TableRecord, state: LogState, conflicts: readonly StructField[]): boolean {
  return contradicted.some(
    ({ name, log }) =>
      log.incarnation === state.metaData.id &&
      log.version > state.version &&
      conflicts.some((field) => field.name.toLowerCase() === name.toLowerCase()),
  );
}

function contradictedOf(
  { contradicted = [], schemaVersion }: TableRecord,
  { metaData, version }: LogState,
  conflicts: readonly StructField[],
): Pick<TableRecord, 'contradicted'> {
  if (conflicts.length === 0) return {};
  const log = { incarnation: metaData.id, version };
  return {
    contradicted: [...contradicted, ...conflicts.map(({ name, type }) => ({ name, type, schemaVersion, log }))],
  };
}

/** The text of a schema with columns of another; nothing where it has them all. */
function grownBy(schema: StructType, others: StructType, widening: Widening): string | undefined {
  const growth = addColumns(schema, others, widening);
  switch (growth.kind) {
    case 'same':
      return undefined;
    case 'grown':
      return serializeSchema(growth.schema);
    case 'conflict':
      throw new Error(`expected columns that agree, found ${growth.path} with two types`);
  }
}

function fieldNamed({ fields }: StructType, name: string): StructField {
  return fields.find((field) => field.name.toLowerCase() === name.toLowerCase()) as StructField;
}

function deadLettersConflict(
  { tableName }: TableRecord,
  [conflict]: readonly StructField[],
  log: StructType,
): SchemaConflictError {
  const { name, type } = conflict as StructField;
  const text = (of: DataType) => JSON.stringify(of);
  return new SchemaConflictError(
    `table ${tableName}: expected its log to have ${name} as dead letters do, ${text(type)}, got ${text(fieldNamed(log, name).type)}`,
  );
}
