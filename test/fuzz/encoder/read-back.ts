import {
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
} from '@duckdb/node-api';
import type { ColumnValue } from '#columnar/vector/column.ts';
import { type DataType, decimalOf, type StructField } from '#delta/schema.ts';
import { rowsOfParquet } from '../../support/parquet-rows.ts';

/** A file's values, column by column, as columns took them. */
export type Reader = (bytes: Uint8Array, fields: readonly StructField[]) => Promise<(ColumnValue[] | undefined)[]>;

/** DuckDB, by a file that is there already. */
export const duckdbReader =
  (connection: DuckDBConnection, file: string): Reader =>
  async () => {
    const answer = await connection.runAndReadAll(`SELECT * FROM read_parquet('${file}')`);
    return answer.getColumns().map((column) => column.map(fromDuckdb));
  };

function fromDuckdb(value: unknown): ColumnValue {
  if (value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue) return value.micros;
  if (value instanceof DuckDBDateValue) return value.days;
  if (value instanceof DuckDBDecimalValue) return value.value;
  if (value instanceof DuckDBBlobValue) return value.bytes;
  if (value instanceof DuckDBListValue) return value.items.map(fromDuckdb);
  if (value instanceof DuckDBMapValue) return value.entries.map((entry) => [entry.key, entry.value].map(fromDuckdb));
  if (value instanceof DuckDBStructValue) return Object.values(value.entries).map(fromDuckdb);
  return value as ColumnValue;
}

/** hyparquet; decimals pass through doubles there and keys of maps through texts: columns that hold some are left out. */
export const hyparquetReader: Reader = async (bytes, fields) => {
  const rows = await rowsOfParquet(bytes);
  return fields.map(({ name, type }) =>
    isInexact(type) ? undefined : rows.map((row) => fromHyparquet(row[name], type)),
  );
};

function isInexact(type: DataType): boolean {
  if (typeof type === 'string') return decimalOf(type) !== undefined;
  if (type.type === 'array') return isInexact(type.elementType);
  return type.type === 'map' || type.fields.some((field) => isInexact(field.type));
}

function fromHyparquet(value: unknown, type: DataType): ColumnValue {
  if (value === undefined || value === null) return null;
  if (typeof type === 'string') return value as ColumnValue;
  if (type.type === 'array') return (value as unknown[]).map((item) => fromHyparquet(item, type.elementType));
  if (type.type !== 'struct') throw new TypeError('expected no maps');
  return type.fields.map((field) => fromHyparquet((value as Record<string, unknown>)[field.name], field.type));
}
