import type { PrimitiveType } from '#delta/schema.ts';
import type { Extremes } from '../vector/stored-values.ts';
import { type LeafType, leafType, physical } from './leaf-type.ts';

/** Bounds of values as Parquet stores them: plain encoded, long texts cut to a prefix that stays on the right side. */
export interface StoredBounds {
  least: Uint8Array;
  greatest: Uint8Array;
  leastIsExact: boolean;
  greatestIsExact: boolean;
}

/** Longer texts are cut. */
const longestBoundBytes = 64;

/** Nothing where there is no bound above the greatest value that is short enough. */
export function storedBounds(type: PrimitiveType, { least, greatest }: Extremes): StoredBounds | undefined {
  if (!(least instanceof Uint8Array) || !(greatest instanceof Uint8Array)) {
    const stored = leafType(type) as LeafType;
    return {
      least: plainBytes(stored, least as number, -0),
      greatest: plainBytes(stored, greatest as number, 0),
      leastIsExact: true,
      greatestIsExact: true,
    };
  }
  const leastBound = least.length <= longestBoundBytes ? least : prefix(type, least);
  const greatestBound = greatest.length <= longestBoundBytes ? greatest : above(type, greatest);
  if (greatestBound === undefined) return undefined;
  return {
    least: leastBound,
    greatest: greatestBound,
    leastIsExact: leastBound === least,
    greatestIsExact: greatestBound === greatest,
  };
}

/** `zero`: how a zero among floats is written, since readers may tell -0 from 0 (parquet.thrift, ColumnOrder). */
function plainBytes(stored: LeafType, value: boolean | number | bigint, zero: number): Uint8Array {
  const bytes = new Uint8Array(stored.width ?? 1);
  const view = new DataView(bytes.buffer);
  switch (stored.physical) {
    case physical.boolean:
      bytes[0] = value ? 1 : 0;
      break;
    case physical.int32:
      view.setInt32(0, Number(value), true);
      break;
    case physical.int64:
      view.setBigInt64(0, BigInt(value), true);
      break;
    case physical.float:
      view.setFloat32(0, value === 0 ? zero : (value as number), true);
      break;
    case physical.double:
      view.setFloat64(0, value === 0 ? zero : (value as number), true);
      break;
    case physical.fixedLengthByteArray: {
      let left = BigInt(value);
      for (let at = bytes.length - 1; at >= 0; at--, left >>= 8n) bytes[at] = Number(left & 0xffn);
      break;
    }
  }
  return bytes;
}

const utf8 = new TextEncoder();
const text = new TextDecoder('utf-8', { ignoreBOM: true });

/** The first bytes, of a text the first characters. */
function prefix(type: PrimitiveType, bytes: Uint8Array): Uint8Array {
  let end = longestBoundBytes;
  if (type === 'string') while ((bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

/** The shortest change to a prefix that puts it above whatever was cut off: its last byte, or character, made one greater. */
function above(type: PrimitiveType, bytes: Uint8Array): Uint8Array | undefined {
  const start = prefix(type, bytes);
  if (type !== 'string') {
    const last = start.findLastIndex((byte) => byte < 0xff);
    if (last < 0) return undefined;
    const bound = start.slice(0, last + 1);
    bound[last] = bound[last]! + 1;
    return bound;
  }
  const characters = Array.from(text.decode(start), (character) => character.codePointAt(0) as number);
  const last = characters.findLastIndex((codePoint) => codePoint < 0x10_ffff);
  if (last < 0) return undefined;
  const next = characters[last]! + 1;
  const bound = [...characters.slice(0, last), next === 0xd800 ? 0xe000 : next];
  return utf8.encode(String.fromCodePoint(...bound));
}
