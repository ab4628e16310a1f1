import type { DataType } from '#delta/schema.ts';
import type { Bounds } from './column.ts';
import { deltaBounds } from './delta-bounds.ts';
import type { Extremes } from './stored-values.ts';
import type { MadeColumn, Vector } from './vector.ts';

/** What statistics take of some of a column's rows, without these: plain values, which threads can hand over. */
export interface ColumnPart {
  nullCount: number;
  /** Of a leaf that is in no list: whether it has values, and their extremes where they have an order. */
  hasValues: boolean;
  extremes: Extremes | undefined;
  /** Of a struct's fields. */
  children: readonly ColumnPart[] | undefined;
}

/** Of a column with a vector in a kernel's memory. */
export function partOf(column: MadeColumn): ColumnPart {
  column.prepare?.();
  const { prepared } = column;
  return {
    nullCount: column.nullCount,
    hasValues: prepared !== undefined && prepared.values.count > 0,
    extremes: prepared?.extremes,
    children: column.children?.map(partOf),
  };
}

/** A column whose rows are made in several parts, as statistics see it once these are there. */
export class JoinedColumn implements MadeColumn {
  readonly children?: readonly JoinedColumn[];
  readonly length: number;
  readonly #type: DataType;
  readonly #parts: () => readonly ColumnPart[];

  constructor(type: DataType, length: number, parts: () => readonly ColumnPart[]) {
    this.#type = type;
    this.length = length;
    this.#parts = parts;
    if (typeof type === 'string' || type.type !== 'struct') return;
    this.children = type.fields.map(
      (field, place) =>
        new JoinedColumn(field.type, length, () => parts().map(({ children }) => children?.[place] as ColumnPart)),
    );
  }

  get nullCount(): number {
    return this.#parts().reduce((sum, { nullCount }) => sum + nullCount, 0);
  }

  vector(): Vector {
    throw new Error('expected a column that lies in several parts to be asked for its statistics alone');
  }

  /** Nothing where the values of any part have no order, as floats with NaN among them. */
  bounds(): Bounds | undefined {
    const [first, ...others] = this.#parts().filter(({ hasValues }) => hasValues);
    if (first?.extremes === undefined) return undefined;
    let { least, greatest } = first.extremes;
    for (const { extremes: other } of others) {
      if (other === undefined) return undefined;
      if (precedes(other.least, least)) ({ least } = other);
      if (precedes(greatest, other.greatest)) ({ greatest } = other);
    }
    return deltaBounds(this.#type, { least, greatest });
  }
}

type Extreme = Extremes['least'];

/** Texts and binary by their bytes; -0 and 0 are equal, as they are to a float's bounds. */
function precedes(left: Extreme, right: Extreme): boolean {
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right) < 0;
  return left < right;
}
