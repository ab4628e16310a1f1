import type { PrimitiveType } from '#delta/schema.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { addressIn, allocateWords } from '../kernel/kernel-arrays.ts';
import type { Dictionary, Extremes, LeafValues, Places } from '../vector/stored-values.ts';
import type { Vector } from '../vector/vector.ts';
import { ByteValues } from './byte-values.ts';
import { leafValues } from './leaf-values.ts';
import { bitsFor } from './level-encoder.ts';
import { textDictionaries } from './text-dictionaries.ts';

/** A leaf's values with all that takes a pass over them: done once, for Delta's bounds and for Parquet. */
export interface PreparedLeaf {
  values: LeafValues;
  /** Absent where plain values take less room. */
  dictionary: Dictionary | undefined;
  /** Of all values, where there are some and they have an order. */
  extremes: Extremes | undefined;
}

/** Rows of a vector that are not null. */
export function presentPlaces(kernel: Kernel, { length, nullCount, validity }: Vector): Places {
  if (nullCount === 0 || validity === undefined) return { places: 0, count: length };
  const places = allocateWords(kernel, length + 1);
  const count = kernel.exports.placesOf(addressIn(kernel, validity), 0, length, places);
  return { places, count };
}

/** A leaf that is to be prepared. */
export interface LeafSource {
  type: PrimitiveType;
  vector: Vector;
  /** Rows that have a value. */
  places: Places;
}

/** Leaves of the same rows; what it makes of them is in the kernel's memory. */
export function prepareLeaves(kernel: Kernel, sources: readonly LeafSource[]): PreparedLeaf[] {
  const leaves = sources.map(({ type, vector, places }) => leafValues(kernel, type, vector, places));
  const texts = leaves.filter((values) => values instanceof ByteValues);
  const dictionaries = textDictionaries(kernel, texts);
  return leaves.map((values): PreparedLeaf => {
    const dictionary = values instanceof ByteValues ? dictionaries.get(values) : values.dictionary();
    const smaller = dictionary !== undefined && isSmaller(dictionary, values) ? dictionary : undefined;
    const distinct = smaller?.values ?? values;
    const extremes = distinct.count === 0 ? undefined : distinct.extremes(0, distinct.count);
    return { values, dictionary: smaller, extremes };
  });
}

function isSmaller(dictionary: Dictionary, values: LeafValues): boolean {
  const indexBytes = (values.count * bitsFor(dictionary.values.count - 1)) / 8;
  return dictionary.values.plainBytes + indexBytes < values.plainBytes;
}
