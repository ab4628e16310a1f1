import type { ColumnValue } from '#columnar/vector/column.ts';
import type { MadeColumn } from '#columnar/vector/vector.ts';

/** Rows for one table that no file has yet: one for each record, columns in the order of the table's schema. */
export interface UnfiledRows {
  readonly length: number;
  /** Rows that are all null so far, ascending: their records are left to the parser. */
  readonly unscanned: readonly number[];
  /** A row's values, in the schema's order. */
  put(row: number, values: readonly ColumnValue[]): void;
  putText(column: number, row: number, text: string): void;
  value(column: number, row: number): ColumnValue;
  /** `rows`, ascending, by equal values of these columns; groups in the order of their first rows. */
  groupRows(columns: readonly number[], rows: Int32Array): { rows: Int32Array }[];
  /** Columns of one file: of `rows`, ascending, or of all. */
  columns(places: readonly number[], rows?: Int32Array): readonly MadeColumn[];
}

/** Rows that were scanned, of which some columns may be made of others before any is parsed. */
export interface ScannedRows extends UnfiledRows {
  /** A column's value, or a field's, by the places on the way to it; the structs around it are there then. */
  putValue(place: readonly number[], row: number, value: ColumnValue): void;
  /** Leaves so many characters (code points) of each of a string column's texts, from `start` on. */
  cutTexts(column: number, start: number, length: number): void;
  /** Fills a column of dates or times with what a string column says; answers the rows whose texts are no such time. */
  readTimes(from: number, to: number): readonly number[];
  /** Fills a string column with a timestamp column's instants, in ISO 8601. */
  writeInstants(from: number, to: number): void;
  /** Fills a column of longs with the whole units of `size` microseconds that a timestamp column's instants are since 1970. */
  countUnits(from: number, to: number, size: number): void;
  /** Leaves further rows to the parser. */
  leave(rows: readonly number[]): void;
}
