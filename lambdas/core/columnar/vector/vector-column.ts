import type { DataType, PrimitiveType } from '#delta/schema.ts';
import { type PreparedLeaf, prepareLeaves, presentPlaces } from '../encode/prepared-leaf.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Bounds } from './column.ts';
import { deltaBounds } from './delta-bounds.ts';
import type { MadeColumn, Vector } from './vector.ts';

/**
 * A column whose vector is made already. Bounds are found by the kernel when they are first asked for, of all columns that were
 * made together; what that leaves in its memory has to stay as long as the columns are used.
 */
export class VectorColumn implements MadeColumn {
  readonly children?: readonly VectorColumn[];
  readonly type: DataType;
  readonly #vector: Vector;
  readonly #prepareAll: () => void;
  prepared: PreparedLeaf | undefined;

  constructor(type: DataType, vector: Vector, prepareAll: () => void) {
    this.type = type;
    this.#vector = vector;
    this.#prepareAll = prepareAll;
    if (typeof type !== 'string' && type.type === 'struct' && vector.kind === 'struct') {
      this.children = type.fields.map(
        (field, index) => new VectorColumn(field.type, vector.children[index] as Vector, prepareAll),
      );
    }
  }

  get length(): number {
    return this.#vector.length;
  }

  get nullCount(): number {
    return this.#vector.nullCount;
  }

  vector(): Vector {
    return this.#vector;
  }

  prepare(): void {
    for (const child of this.children ?? []) child.prepare();
    if (typeof this.type === 'string' && this.prepared === undefined) this.#prepareAll();
  }

  bounds(): Bounds | undefined {
    const { type } = this;
    if (typeof type !== 'string') return undefined;
    this.prepare();
    const extremes = this.prepared?.extremes;
    return extremes === undefined ? undefined : deltaBounds(type, extremes);
  }
}

/** Columns of one data file of ready vectors. */
export function vectorColumns(
  kernel: Kernel,
  vectors: readonly { type: DataType; vector: Vector }[],
): readonly VectorColumn[] {
  const columns = vectors.map(({ type, vector }) => new VectorColumn(type, vector, prepareAll));
  function prepareAll(): void {
    const leaves = [...leavesOf(columns)];
    const prepared = prepareLeaves(
      kernel,
      leaves.map((leaf) => {
        const vector = leaf.vector();
        return { type: leaf.type as PrimitiveType, vector, places: presentPlaces(kernel, vector) };
      }),
    );
    for (const [index, leaf] of leaves.entries()) leaf.prepared = prepared[index];
  }
  return columns;
}

/** Leaves that are in no list. */
export function* leavesOf(columns: readonly VectorColumn[]): Generator<VectorColumn> {
  for (const column of columns) {
    if (column.children !== undefined) yield* leavesOf(column.children);
    else if (typeof column.type === 'string') yield column;
  }
}
