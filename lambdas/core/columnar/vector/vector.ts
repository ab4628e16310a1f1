import type { StructField } from '#delta/schema.ts';
import type { PreparedLeaf } from '../encode/prepared-leaf.ts';
import type { Bounds } from './column.ts';

/** Values of one width, one slot a row, anything where the row is null. */
export type FixedValues = Int8Array | Int16Array | Int32Array | BigInt64Array | Float32Array | Float64Array;

/** What a vector holds beside which rows are null. */
export type VectorValues =
  /**
   * By Delta type: byte Int8, short Int16, integer Int32, date Int32 days, long BigInt64, timestamps BigInt64 microseconds,
   * float Float32, double Float64, decimals of up to 18 digits BigInt64 unscaled.
   */
  | { kind: 'fixed'; values: FixedValues }
  /** boolean: a bitmap, least significant bit first. */
  | { kind: 'bits'; values: Uint8Array }
  /** decimal: 128 bits unscaled, the low word first. */
  | { kind: 'decimal'; words: BigInt64Array }
  /** string, binary: row i is `bytes` from `starts[i]` up to `ends[i]`. Arrow's offsets are both, one apart. */
  | { kind: 'bytes'; bytes: Uint8Array; starts: Int32Array; ends: Int32Array }
  /** Row i is value `indices[i]`; the values are of any kind, without nulls. */
  | { kind: 'dictionary'; indices: Int32Array; values: Vector }
  /** A field's rows are null where the struct is. */
  | { kind: 'struct'; children: readonly Vector[] }
  /** Row i is the items from `offsets[i]` up to `offsets[i + 1]`. */
  | { kind: 'list'; offsets: Int32Array; items: Vector }
  | { kind: 'map'; offsets: Int32Array; keys: Vector; values: Vector };

/**
 * A column's values as Arrow lays them out. `validity` is Arrow's bitmap, least significant bit first, absent where nothing is
 * null. Arrays may be longer than the rows need, and views of a kernel's memory.
 */
export type Vector = { length: number; nullCount: number; validity: Uint8Array | undefined } & VectorValues;

/** A vector of one kind. */
export type VectorOf<Kind extends Vector['kind']> = Extract<Vector, { kind: Kind }>;

/** A column of one data file, whoever made it. */
export interface MadeColumn {
  readonly length: number;
  readonly nullCount: number;
  vector(): Vector;
  /** Nothing for types without bounds, columns of nulls only, and floats that hold NaN. */
  bounds(): Bounds | undefined;
  /** What `bounds` has found on its way, in the memory of the kernel that the vector is in. */
  readonly prepared?: PreparedLeaf | undefined;
  /** Makes `prepared`, where the column can have it: for all columns that were made together, which takes half the time. */
  prepare?(): void;
  /** Columns of a struct's fields; absent for everything that statistics treat as one leaf. */
  readonly children?: readonly MadeColumn[];
}

/** The columns of one data file. */
export interface FileColumns {
  readonly fields: readonly StructField[];
  readonly columns: readonly MadeColumn[];
  readonly rows: number;
}
