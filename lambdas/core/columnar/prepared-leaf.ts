import type { PrimitiveType } from '#delta/schema.ts';
import type { Kernel } from './kernel.ts';
import { addressIn, allocateWords } from './kernel-arrays.ts';
import { leafValues } from './leaf-values.ts';
import { bitsFor } from './level-encoder.ts';
import type { Dictionary, Extremes, LeafValues, Places } from './stored-values.ts';
import type { Vector } from './vector.ts';

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

/** Values of the rows at `places`; what it makes is in the kernel's memory. */
export function prepareLeaf(kernel: Kernel, type: PrimitiveType, vector: Vector, places: Places): PreparedLeaf {
  const values = leafValues(kernel, type, vector, places);
  const dictionary = smallerDictionary(values);
  const distinct = dictionary?.values ?? values;
  return { values, dictionary, extremes: distinct.count === 0 ? undefined : distinct.extremes(0, distinct.count) };
}

function smallerDictionary(values: LeafValues): Dictionary | undefined {
  const dictionary = values.dictionary();
  if (dictionary === undefined) return undefined;
  const indexBytes = (values.count * bitsFor(dictionary.values.count - 1)) / 8;
  return dictionary.values.plainBytes + indexBytes < values.plainBytes ? dictionary : undefined;
}
