import type { PrimitiveType } from '#delta/schema.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { addressIn, allocateWords, wordBytes } from '../kernel/kernel-arrays.ts';
import type { LeafValues, Places } from '../vector/stored-values.ts';
import type { FixedValues as FixedArray, Vector } from '../vector/vector.ts';
import { BitValues } from './bit-values.ts';
import { ByteValues } from './byte-values.ts';
import { FixedValues } from './fixed-values.ts';
import { leafType } from './leaf-type.ts';
import { WideDecimals } from './wide-decimals.ts';

/** A primitive type's values at `places`. */
export function leafValues(kernel: Kernel, type: PrimitiveType, vector: Vector, places: Places): LeafValues {
  switch (vector.kind) {
    case 'fixed':
      return fixedValues(kernel, type, vector.values, places);
    case 'bits':
      return new BitValues(kernel, addressIn(kernel, vector.values), places);
    case 'decimal':
      return decimalValues(kernel, type, addressIn(kernel, vector.words), places);
    case 'bytes': {
      const { bytes, starts, ends } = vector;
      const slices = {
        bytes: addressIn(kernel, bytes),
        starts: addressIn(kernel, starts),
        ends: addressIn(kernel, ends),
      };
      return new ByteValues(kernel, slices, places);
    }
    case 'dictionary':
      return leafValues(kernel, type, vector.values, throughIndices(kernel, vector.indices, places));
    default:
      throw new TypeError(`expected a leaf's vector of type ${type}, got one of kind ${vector.kind}`);
  }
}

function fixedValues(kernel: Kernel, type: PrimitiveType, values: FixedArray, places: Places): LeafValues {
  const isFloat = type === 'float' || type === 'double';
  const address = addressIn(kernel, values);
  const width = values.BYTES_PER_ELEMENT;
  const stored = storedWidth(type);
  if (width <= stored) return new FixedValues(kernel, { address, width, isFloat }, places);
  return narrowed(kernel, address, width, stored, places);
}

/** decimal of up to 18 digits as integers, others as 128 bits. */
function decimalValues(kernel: Kernel, type: PrimitiveType, words: number, places: Places): LeafValues {
  const width = storedWidth(type);
  return width <= 8 ? narrowed(kernel, words, 16, width, places) : new WideDecimals(kernel, words, width, places);
}

function narrowed(kernel: Kernel, values: number, stride: number, width: number, { places, count }: Places) {
  const address = kernel.allocate(count * width);
  kernel.exports.gatherLow(values, stride, places, count, width, address);
  return new FixedValues(kernel, { address, width, isFloat: false }, { places: 0, count });
}

const storedWidth = (type: PrimitiveType): number => leafType(type)?.width as number;

/** Places in a dictionary of rows at `places`. */
function throughIndices(kernel: Kernel, indices: Int32Array, { places, count }: Places): Places {
  const address = addressIn(kernel, indices);
  if (places === 0) return { places: address, count };
  const composed = allocateWords(kernel, count);
  kernel.exports.gatherFixed(address, wordBytes, places, count, composed);
  return { places: composed, count };
}
