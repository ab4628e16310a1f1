import type { Data } from 'apache-arrow/data';

/**
 * One value as columns take it. By Delta type: byte, short, integer, float, double → number; date → days since 1970; long → bigint;
 * timestamp, timestamp_ntz → bigint microseconds since 1970; decimal(p,s) → bigint unscaled; string → string; binary → bytes;
 * array → its items; struct → the values of its fields, in their order.
 */
export type ColumnValue = null | boolean | number | bigint | string | Uint8Array | readonly ColumnValue[];

/** JSON tokens of a column's least and greatest value, as Delta's statistics write them. */
export interface Bounds {
  min: string;
  /** Absent where no short enough bound exists. */
  max?: string;
}

/** A column being filled, value by value. */
export interface Column {
  readonly length: number;
  readonly nullCount: number;
  append(value: ColumnValue): void;
  /** What Arrow calls the column; the buffers are the column's own: fill no more afterwards. */
  data(): Data;
  /** Nothing for types without bounds, columns of nulls only, and floats that hold NaN. */
  bounds(): Bounds | undefined;
  /** Columns of a struct's fields; absent for everything that statistics treat as one leaf. */
  readonly children?: readonly Column[];
}
