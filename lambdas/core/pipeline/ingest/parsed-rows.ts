import type { Column, ColumnValue } from '#columnar/vector/column.ts';
import { makeColumn } from '#columnar/vector/make-column.ts';
import type { StructType } from '#delta/schema.ts';
import type { UnfiledRows } from './unfiled-rows.ts';

/** Rows that the parser makes, every one of them. */
export class ParsedRows implements UnfiledRows {
  readonly unscanned: readonly number[];
  readonly #schema: StructType;
  readonly #rows: ColumnValue[][];

  constructor(schema: StructType, length: number) {
    this.#schema = schema;
    this.#rows = Array.from({ length }, () => schema.fields.map(() => null));
    this.unscanned = Array.from({ length }, (_, row) => row);
  }

  get length(): number {
    return this.#rows.length;
  }

  put(row: number, values: readonly ColumnValue[]): void {
    this.#rows[row] = [...values];
  }

  putText(column: number, row: number, text: string): void {
    this.#rowAt(row)[column] = text;
  }

  value(column: number, row: number): ColumnValue {
    return this.#rowAt(row)[column] as ColumnValue;
  }

  groupRows(columns: readonly number[], rows: Int32Array): { rows: Int32Array }[] {
    const groups = Map.groupBy(rows, (row) => JSON.stringify(columns.map((column) => keyOf(this.value(column, row)))));
    return [...groups.values()].map((own) => ({ rows: Int32Array.from(own) }));
  }

  columns(places: readonly number[], rows?: Int32Array): Column[] {
    return places.map((place) => {
      const column = makeColumn((this.#schema.fields[place] as StructType['fields'][number]).type);
      if (rows === undefined) for (const row of this.#rows) column.append(row[place] as ColumnValue);
      else for (const row of rows) column.append(this.value(place, row));
      return column;
    });
  }

  #rowAt(row: number): ColumnValue[] {
    return this.#rows[row] as ColumnValue[];
  }
}

/** Tells values of one type apart, in JSON. */
function keyOf(value: ColumnValue): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (typeof value === 'bigint' || Object.is(value, -0)) return [String(value), Object.is(value, -0)];
  // JSON writes these as null.
  if (typeof value === 'number' && !Number.isFinite(value)) return [String(value)];
  return value;
}
