import type { StructField } from '#delta/schema.ts';
import type { Column, ColumnValue } from './column.ts';
import { makeColumn } from './make-column.ts';
import type { FileColumns } from './vector.ts';

/** The columns of one data file, filled row by row. */
export class RowColumns implements FileColumns {
  readonly fields: readonly StructField[];
  readonly columns: readonly Column[];
  rows = 0;

  /** `fields`: the table's columns without those it is partitioned by. */
  constructor(fields: readonly StructField[]) {
    this.fields = fields;
    this.columns = fields.map(({ type }) => makeColumn(type));
  }

  /** `values` in the order of `fields`. */
  append(values: readonly ColumnValue[]): void {
    const { columns } = this;
    for (let index = 0; index < columns.length; index++) {
      (columns[index] as Column).append(values[index] as ColumnValue);
    }
    this.rows++;
  }
}
