import type { MadeColumn } from './vector.ts';

/**
 * One value as columns take it. By Delta type: byte, short, integer, float, double → number; date → days since 1970; long → bigint;
 * timestamp, timestamp_ntz → bigint microseconds since 1970; decimal(p,s) → bigint unscaled; string → string; binary → bytes;
 * array → its items; map → its entries, each a key and a value; struct → the values of its fields, in their order.
 */
export type ColumnValue = null | boolean | number | bigint | string | Uint8Array | readonly ColumnValue[];

/** JSON tokens of a column's least and greatest value, as Delta's statistics write them. */
export interface Bounds {
  min: string;
  /** Absent where no short enough bound exists. */
  max?: string;
}

/** A column being filled, value by value. */
export interface Column extends MadeColumn {
  append(value: ColumnValue): void;
  /** Columns of a struct's fields; absent for everything that statistics treat as one leaf. */
  readonly children?: readonly Column[];
}
