import type { ColumnValue } from '#columnar/vector/column.ts';
import type { DataType, StructType } from '#delta/schema.ts';
import type { Position } from '../ledger/position.ts';
import { positionFields, positionValues } from './position-columns.ts';
import type { SourceRecord } from './source-record.ts';

/** A record that could not become a row, and why. */
export interface DeadLetter {
  record: SourceRecord;
  /** The table that the record was meant for. */
  table: string;
  error: string;
  message: string;
  /** Where in the payload: `$.address.zip`. */
  path: string;
}

const field = (name: string, type: DataType) => ({ name, type, nullable: true, metadata: {} });

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
  ],
};

/** Producers may stamp records with anything; a column of microseconds holds no more than JavaScript's dates do. */
const greatestTimestampMs = 8_640_000_000_000_000;

/** The values of `deadLetterColumns` for one dead letter. */
export const deadLetterRow = ({ record, table, error, message, path }: DeadLetter): ColumnValue[] => [
  ...positionValues(record),
  record.timestampMs > greatestTimestampMs ? null : BigInt(record.timestampMs) * 1000n,
  record.key ?? null,
  record.headers.map(({ name, value }) => [name, value]),
  record.value ?? null,
  table,
  error,
  message,
  path,
];

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
}

/** The values of `deadLetterColumns` for one diverted row. */
export const divertedRow = ({
  source,
  partition,
  position,
  payload,
  table,
  message,
  path,
}: DivertedRow): ColumnValue[] => [
  source,
  partition ?? null,
  position ?? null,
  null,
  null,
  null,
  payload,
  table,
  'SchemaConflict',
  message,
  path,
];
