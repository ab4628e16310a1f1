import type { ColumnValue } from '#columnar/vector/column.ts';
import type { DeadLetterSettings } from '#contract/dead-letter-settings.ts';
import type { DataType, StructField, StructType } from '#delta/schema.ts';
import type { Position } from '../ledger/position.ts';
import type { MetadataContext } from '../transform/transform-metadata.ts';
import { positionFields, positionValues } from './position-columns.ts';
import type { SourceRecord } from './source-record.ts';

/** A record that could not become a row, and why. */
export interface DeadLetter {
  record: SourceRecord;
  /** The table that the record was meant for; its source's route where the record failed before that was known. */
  table: string;
  error: string;
  message: string;
  /** Where in the payload: `$.address.zip`. */
  path: string;
}

const field = (name: string, type: DataType): StructField => ({ name, type, nullable: true, metadata: {} });

/** Columns of the dead-letter table: provenance, the record whole, and the reason. */
export const deadLetterColumns: StructType = {
  type: 'struct',
  fields: [
    ...positionFields,
    field('timestamp', 'timestamp'),
    field('key', 'binary'),
    field('headers', {
      type: 'array',
      elementType: { type: 'struct', fields: [field('name', 'string'), field('value', 'binary')] },
      containsNull: true,
    }),
    field('payload', 'binary'),
    field('table', 'string'),
    field('error', 'string'),
    field('message', 'string'),
    field('path', 'string'),
    field('route', 'string'),
    field('schema_id', 'string'),
    field('schema_name', 'string'),
    field('stream', 'string'),
    field('timestamp_type', 'string'),
    field('row_id', 'string'),
  ],
};

/** Whether a table has all that dead letters have. */
export const isOfDeadLetters = ({ fields }: StructType): boolean => {
  const names = new Set(fields.map(({ name }) => name));
  return deadLetterColumns.fields.every(({ name }) => names.has(name));
};

/** Columns that a source's expressions fill besides. */
export const extraLetterFields = ({ transforms }: Pick<DeadLetterSettings, 'transforms'>): StructField[] =>
  Object.entries(transforms).map(([name, { type }]) => field(name, type));

/** Values by column. */
export type LetterValues = Readonly<Record<string, ColumnValue>>;

/** Producers may stamp records with anything; a column of microseconds holds no more than JavaScript's dates do. */
const greatestTimestampMs = 8_640_000_000_000_000;

/** What a dead letter says beside what is in `DeadLetter`. */
export interface LetterContext {
  /** The source's route, as the settings have it. */
  route: string;
  /** What the payload says of its schema. */
  type: MetadataContext['type'];
}

/** The values of `deadLetterColumns` for one dead letter. */
export function deadLetterValues(
  { record, table, error, message, path }: DeadLetter,
  { route, type }: LetterContext,
): LetterValues {
  const [_source, _partition, _position] = positionValues(record) as [string, string, string];
  return {
    _source,
    _partition,
    _position,
    timestamp: record.timestampMs > greatestTimestampMs ? null : BigInt(record.timestampMs) * 1000n,
    key: record.key ?? null,
    headers: record.headers.map(({ name, value }) => [name, value]),
    payload: record.value ?? null,
    table,
    error,
    message,
    path,
    route,
    schema_id: type?.id ?? null,
    schema_name: type?.name ?? null,
    stream: record.stream ?? null,
    timestamp_type: record.timestampType ?? null,
  };
}

/** The class of dead letters whose payload is a row that was staged, rather than what its record was. */
export const divertedClass = 'SchemaConflict';

/** A row that was staged and then could not become one of its table: what is known of its record. */
export interface DivertedRow {
  source: string;
  /** Absent where several came together and the row does not say. */
  partition: string | undefined;
  position: Position | undefined;
  /** The row, as JSON text. */
  payload: Uint8Array;
  table: string;
  message: string;
  path: string;
  /** Tells it from every other row that was staged. */
  rowId: string;
}

/** The values of `deadLetterColumns` for one diverted row. */
export const divertedValues = ({ source, partition, position, rowId, ...rest }: DivertedRow): LetterValues => ({
  _source: source,
  _partition: partition ?? null,
  _position: position ?? null,
  ...rest,
  error: divertedClass,
  row_id: rowId,
});

/** Values in the order of a table's columns; null where nothing is said of one. */
export const inColumns = (values: LetterValues, { fields }: StructType): ColumnValue[] =>
  fields.map(({ name }) => values[name] ?? null);
