import type { Data } from 'apache-arrow/data';
import type { Bounds, Column, ColumnValue } from './column.ts';
import { Validity } from './validity.ts';

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
  abstract data(): Data;

  bounds(): Bounds | undefined {
    return undefined;
  }

  /** The part of Arrow's data that every type has. */
  protected presence(): { length: number; nullCount: number; nullBitmap: Uint8Array | undefined } {
    return { length: this.length, nullCount: this.nullCount, nullBitmap: this.validity.bitmap() };
  }
}
