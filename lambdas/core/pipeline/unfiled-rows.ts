import type { ColumnValue } from '#columnar/column.ts';
import type { MadeColumn } from '#columnar/vector.ts';

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
  columns(places: readonly number[], rows?: Int32Array): MadeColumn[];
}
