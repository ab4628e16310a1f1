import type { DataType, PrimitiveType, StructField } from '#delta/schema.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { addressIn, allocateWords, wordBytes } from '../kernel/kernel-arrays.ts';
import type { Places } from '../vector/stored-values.ts';
import type { MadeColumn, Vector } from '../vector/vector.ts';
import { presentPlaces } from './prepared-leaf.ts';

/** Levels of a leaf below a struct or a list: one definition and one repetition level an entry, 32 bits each. */
export interface Levels {
  entries: number;
  definitions: number;
  repetitions: number;
}

/** A leaf column of a file, its arrays in the kernel's memory. */
export interface Leaf {
  path: readonly string[];
  type: PrimitiveType;
  maxDefinition: number;
  maxRepetition: number;
  vector: Vector;
  /** Rows of the vector that have a value. */
  places: Places;
  /** Absent for a column of its own, whose only level is its validity. */
  levels: Levels | undefined;
  /** The column that made the vector, where that is a leaf of no list. */
  column: MadeColumn | undefined;
}

/** What leads to a leaf: entries above it with the rows they mean in the vector at hand, -1 for none. */
interface Above {
  levels: Levels;
  rows: number;
  maxDefinition: number;
  maxRepetition: number;
}

/** Gives all leaves of a column in the schema's order; what a leaf holds is the kernel's again once `take` is back. */
export function takeLeaves(
  kernel: Kernel,
  { name, type, nullable }: StructField,
  column: MadeColumn,
  take: (leaf: Leaf) => void,
): void {
  const mark = kernel.mark();
  const vector = column.vector();
  if (typeof type === 'string') {
    const maxDefinition = nullable ? 1 : 0;
    const places = presentPlaces(kernel, vector);
    take({ path: [name], type, maxDefinition, maxRepetition: 0, vector, places, levels: undefined, column });
  } else {
    new LeafWalk(kernel, take).group(type, vector, rowsOf(kernel, vector.length), { path: [name], nullable, column });
  }
  kernel.release(mark);
}

function rowsOf(kernel: Kernel, entries: number): Above {
  const above = allocateLevels(kernel, entries);
  const { definitions, repetitions } = above.levels;
  kernel.exports.enterRows(entries, definitions, repetitions, above.rows);
  return { ...above, maxDefinition: 0, maxRepetition: 0 };
}

function allocateLevels(kernel: Kernel, entries: number): { levels: Levels; rows: number } {
  const definitions = allocateWords(kernel, entries);
  const repetitions = allocateWords(kernel, entries);
  return { levels: { entries, definitions, repetitions }, rows: allocateWords(kernel, entries + 1) };
}

interface Place {
  path: readonly string[];
  nullable: boolean;
  column: MadeColumn | undefined;
}

class LeafWalk {
  readonly #kernel: Kernel;
  readonly #take: (leaf: Leaf) => void;

  constructor(kernel: Kernel, take: (leaf: Leaf) => void) {
    this.#kernel = kernel;
    this.#take = take;
  }

  group(type: DataType, vector: Vector, outer: Above, place: Place): void {
    const mark = this.#kernel.mark();
    const above = place.nullable ? this.#enterOptional(vector, outer) : outer;
    if (typeof type === 'string') this.#leaf(type, vector, above, place);
    else if (type.type === 'struct' && vector.kind === 'struct') {
      for (const [index, field] of type.fields.entries()) {
        const path = [...place.path, field.name];
        const column = place.column?.children?.[index];
        this.group(field.type, vector.children[index] as Vector, above, { path, nullable: field.nullable, column });
      }
    } else if (type.type === 'array' && vector.kind === 'list') {
      const path = [...place.path, 'list', 'element'];
      const items = this.#enterLists(vector.offsets, above);
      this.group(type.elementType, vector.items, items, { path, nullable: type.containsNull, column: undefined });
    } else if (type.type === 'map' && vector.kind === 'map') {
      const path = [...place.path, 'key_value'];
      const entries = this.#enterLists(vector.offsets, above);
      const key = { path: [...path, 'key'], nullable: false, column: undefined };
      this.group(type.keyType, vector.keys, entries, key);
      const value = { path: [...path, 'value'], nullable: type.valueContainsNull, column: undefined };
      this.group(type.valueType, vector.values, entries, value);
    } else throw new TypeError(`expected a vector of type ${JSON.stringify(type)}, got one of kind ${vector.kind}`);
    this.#kernel.release(mark);
  }

  /** Siblings go by the same entries: what changes is a copy. */
  #enterOptional({ validity, nullCount }: Vector, outer: Above): Above {
    const { exports } = this.#kernel;
    const { entries, repetitions } = outer.levels;
    const definitions = this.#copied(outer.levels.definitions, entries);
    const rows = this.#copied(outer.rows, entries);
    const bitmap = validity === undefined || nullCount === 0 ? 0 : addressIn(this.#kernel, validity);
    exports.enterOptional(bitmap, entries, definitions, rows);
    const maxDefinition = outer.maxDefinition + 1;
    return { ...outer, levels: { entries, definitions, repetitions }, rows, maxDefinition };
  }

  #copied(words: number, count: number): number {
    const copy = allocateWords(this.#kernel, count + 1);
    this.#kernel.bytes.copyWithin(copy, words, words + count * wordBytes);
    return copy;
  }

  #enterLists(offsets: Int32Array, outer: Above): Above {
    const { exports } = this.#kernel;
    const { entries, definitions, repetitions } = outer.levels;
    const address = addressIn(this.#kernel, offsets);
    const inner = allocateLevels(this.#kernel, exports.entriesInLists(address, entries, outer.rows));
    const maxRepetition = outer.maxRepetition + 1;
    exports.enterLists(
      address,
      entries,
      maxRepetition,
      definitions,
      repetitions,
      outer.rows,
      inner.levels.definitions,
      inner.levels.repetitions,
      inner.rows,
    );
    return { ...inner, maxDefinition: outer.maxDefinition + 1, maxRepetition };
  }

  #leaf(type: PrimitiveType, vector: Vector, { levels, rows, ...above }: Above, { path, column }: Place): void {
    const places = allocateWords(this.#kernel, levels.entries + 1);
    const count = this.#kernel.exports.placesOfEntries(rows, levels.entries, places);
    this.#take({ ...above, path, type, vector, levels, places: { places, count }, column });
  }
}
