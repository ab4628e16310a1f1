import {
  kindBinary,
  kindBoolean,
  kindByte,
  kindDate,
  kindDouble,
  kindFloat,
  kindInteger,
  kindList,
  kindShort,
  kindString,
  kindStruct,
  kindWideDecimal,
} from '../kernel/assembly/layout.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { FixedValues, Vector, VectorOf } from '../vector/vector.ts';
import { kindMap, type Slot } from './scan-slot.ts';

/** The vector of a slot's rows at `places`, an address of their numbers; of its first `length` rows where that is 0. */
export function vectorOf(kernel: Kernel, slot: Slot, places: number, length: number): Vector {
  const { exports } = kernel;
  const bits = kernel.allocate((length + 7) >> 3);
  const valid = exports.packBits(slot.present, places, length, bits);
  const nullCount = length - valid;
  const validity = nullCount === 0 ? undefined : new Uint8Array(kernel.bytes.buffer, bits, (length + 7) >> 3);
  const presence = { length, nullCount, validity };
  switch (slot.kind) {
    case kindString:
    case kindBinary: {
      const [starts, ends] = [slot.cells, slot.ends].map((cells) => picked(kernel, cells, 4, places, length));
      const slices = { starts: words(kernel, starts as number, length), ends: words(kernel, ends as number, length) };
      return { ...presence, kind: 'bytes', bytes: kernel.bytes, ...slices };
    }
    case kindBoolean: {
      const values = kernel.allocate((length + 7) >> 3);
      exports.packBits(slot.cells, places, length, values);
      return { ...presence, kind: 'bits', values: new Uint8Array(kernel.bytes.buffer, values, (length + 7) >> 3) };
    }
    case kindStruct:
      return {
        ...presence,
        kind: 'struct',
        children: slot.fields.map((field) => vectorOf(kernel, field, places, length)),
      };
    case kindList:
      return { ...presence, ...listOf(kernel, slot, places, length) };
    case kindMap: {
      const { offsets, items } = listOf(kernel, slot, places, length);
      const [keys, values] = (items as VectorOf<'struct'>).children as [Vector, Vector];
      return { ...presence, kind: 'map', offsets, keys, values };
    }
    case kindWideDecimal: {
      const address = picked(kernel, slot.cells, slot.width, places, length);
      return { ...presence, kind: 'decimal', words: new BigInt64Array(kernel.bytes.buffer, address, length * 2) };
    }
    default: {
      const address = picked(kernel, slot.cells, slot.width, places, length);
      return { ...presence, kind: 'fixed', values: fixed(kernel, slot.kind, address, length) };
    }
  }
}

const words = ({ bytes }: Kernel, address: number, length: number): Int32Array =>
  new Int32Array(bytes.buffer, address, length);

/** Where the cells of the rows at `places` are, one after another. */
function picked(kernel: Kernel, cells: number, width: number, places: number, length: number): number {
  if (places === 0) return cells;
  const address = kernel.allocate(length * width);
  kernel.exports.pickFixed(cells, width, places, length, address);
  return address;
}

function fixed({ bytes: { buffer } }: Kernel, kind: number, address: number, length: number): FixedValues {
  switch (kind) {
    case kindDouble:
      return new Float64Array(buffer, address, length);
    case kindFloat:
      return new Float32Array(buffer, address, length);
    case kindInteger:
    case kindDate:
      return new Int32Array(buffer, address, length);
    case kindShort:
      return new Int16Array(buffer, address, length);
    case kindByte:
      return new Int8Array(buffer, address, length);
    default:
      return new BigInt64Array(buffer, address, length);
  }
}

/** Items that lie as the rows do are not copied. */
function listOf(kernel: Kernel, slot: Slot, places: number, length: number) {
  const starts = words(kernel, picked(kernel, slot.cells, 4, places, length), length);
  const ends = words(kernel, picked(kernel, slot.ends, 4, places, length), length);
  const rows = places === 0 ? undefined : words(kernel, places, length);
  const { bytes } = kernel;
  const offsets = words(kernel, kernel.allocate((length + 1) * 4), length + 1);
  offsets[0] = 0;
  let isInPlace = true;
  for (let row = 0; row < length; row++) {
    const isThere = bytes[slot.present + (rows?.[row] ?? row)] === 1;
    const end = offsets[row] as number;
    const start = starts[row] as number;
    if (isThere && start !== end && start !== ends[row]) isInPlace = false;
    offsets[row + 1] = isThere ? end + (ends[row] as number) - start : end;
  }
  const count = offsets[length] as number;
  const items = slot.items as Slot;
  if (isInPlace) return { kind: 'list' as const, offsets, items: vectorOf(kernel, items, 0, count) };
  const itemPlaces = words(kernel, kernel.allocate(count * 4), count);
  for (let row = 0, at = 0; row < length; row++) {
    const end = offsets[row + 1] as number;
    for (let item = starts[row] as number; at < end; at++, item++) itemPlaces[at] = item;
  }
  return { kind: 'list' as const, offsets, items: vectorOf(kernel, items, itemPlaces.byteOffset, count) };
}
