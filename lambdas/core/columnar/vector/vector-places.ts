import type { SharedKernel } from '../kernel/kernel.ts';
import type { Vector } from './vector.ts';

const arrays = {
  Uint8Array,
  Int8Array,
  Int16Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
};
type ArrayName = keyof typeof arrays;

/** A vector's arrays by their places in a kernel's memory: what another thread makes the same vector of. */
export type PlacedVector = { readonly [part: string]: unknown };

interface PlacedArray {
  array: ArrayName;
  address: number;
  length: number;
}

/** Nothing where one of its arrays lies elsewhere. */
export function placesOf(kernel: SharedKernel, vector: Vector): PlacedVector | undefined {
  let isThere = true;
  const placed = mapped(vector, (part) => {
    if (!ArrayBuffer.isView(part)) return undefined;
    const address = kernel.addressOf(part);
    if (address === undefined) isThere = false;
    const array = part instanceof Uint8Array ? 'Uint8Array' : part.constructor.name;
    return { array, address, length: (part as Uint8Array).length };
  });
  return isThere ? (placed as PlacedVector) : undefined;
}

/** The vector at these places. */
export function vectorAt(kernel: SharedKernel, placed: PlacedVector): Vector {
  const { buffer } = kernel.bytes;
  const isArray = (part: object): part is PlacedArray => 'array' in part;
  return mapped(placed, (part) =>
    isArray(part) ? new arrays[part.array](buffer as ArrayBuffer, part.address, part.length) : undefined,
  ) as Vector;
}

/** A copy in which `replacement` stands for whatever part it is given for. */
function mapped(part: unknown, replacement: (part: object) => unknown): unknown {
  if (typeof part !== 'object' || part === null) return part;
  const replaced = replacement(part);
  if (replaced !== undefined) return replaced;
  if (Array.isArray(part)) return part.map((item) => mapped(item, replacement));
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, mapped(value, replacement)]));
}
