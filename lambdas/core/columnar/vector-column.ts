import type { DataType } from '#delta/schema.ts';
import type { Bounds } from './column.ts';
import { deltaBounds } from './delta-bounds.ts';
import type { Kernel } from './kernel.ts';
import { type PreparedLeaf, prepareLeaf, presentPlaces } from './prepared-leaf.ts';
import type { MadeColumn, Vector } from './vector.ts';

/**
 * A column whose vector is made already. Bounds are found by the kernel when they are first asked for; what that leaves in its
 * memory has to stay as long as the column is used.
 */
export class VectorColumn implements MadeColumn {
  readonly children?: readonly MadeColumn[];
  readonly #kernel: Kernel;
  readonly #type: DataType;
  readonly #vector: Vector;
  #bounds: { found: Bounds | undefined } | undefined;
  prepared: PreparedLeaf | undefined;

  constructor(kernel: Kernel, type: DataType, vector: Vector) {
    this.#kernel = kernel;
    this.#type = type;
    this.#vector = vector;
    if (typeof type !== 'string' && type.type === 'struct' && vector.kind === 'struct') {
      this.children = type.fields.map(
        (field, index) => new VectorColumn(kernel, field.type, vector.children[index] as Vector),
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

  bounds(): Bounds | undefined {
    this.#bounds ??= { found: this.#findBounds() };
    return this.#bounds.found;
  }

  #findBounds(): Bounds | undefined {
    const type = this.#type;
    if (typeof type !== 'string' || type === 'binary' || type === 'boolean') return undefined;
    const places = presentPlaces(this.#kernel, this.#vector);
    this.prepared = prepareLeaf(this.#kernel, type, this.#vector, places);
    const { extremes } = this.prepared;
    return extremes === undefined ? undefined : deltaBounds(type, extremes);
  }
}
