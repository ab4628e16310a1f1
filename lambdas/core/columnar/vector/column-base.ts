import type { Bounds, Column, ColumnValue } from './column.ts';
import { Validity } from './validity.ts';
import type { Vector } from './vector.ts';

/** What all columns have: which values are there, and no bounds unless their type has an order in Delta. */
export abstract class ColumnBase implements Column {
  protected readonly validity = new Validity();

  get length(): number {
    return this.validity.length;
  }

  get nullCount(): number {
    return this.validity.nullCount;
  }

  abstract append(value: ColumnValue): void;
  /** The arrays are the column's own: fill no more afterwards. */
  abstract vector(): Vector;

  bounds(): Bounds | undefined {
    return undefined;
  }

  /** The part of a vector that every type has. */
  protected presence(): { length: number; nullCount: number; validity: Uint8Array | undefined } {
    return { length: this.length, nullCount: this.nullCount, validity: this.validity.bitmap() };
  }
}
