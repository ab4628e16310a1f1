import { decodeBase64 } from './base64';
import { writeWideDecimal } from './decimal';
import {
  columnCapacity,
  columnCells,
  columnEnds,
  columnGreatest,
  columnInner,
  columnItemPresence,
  columnItemSlots,
  columnItemStride,
  columnItems,
  columnKind,
  columnLeast,
  columnPrecision,
  columnPresent,
  columnScale,
  columnStamp,
  haltForItems,
  haltForName,
  haltForPowers,
  kindBinary,
  kindBoolean,
  kindByte,
  kindDate,
  kindDecimal,
  kindDouble,
  kindFloat,
  kindInteger,
  kindList,
  kindLocalTime,
  kindLong,
  kindOpen,
  kindShort,
  kindSkipped,
  kindString,
  kindStruct,
  kindTee,
  kindText,
  kindTimestamp,
  kindUnits,
  kindUnknown,
  kindWideDecimal,
  longestName,
  maxDepth,
  nameBytes,
  nameColumn,
  nameHash,
  nameHead,
  nameLength,
  nameMask,
  nameNext,
  nameNode,
  nameOther,
  nameText,
  nodeRequired,
  nodeRequiredCount,
} from './layout';
import {
  digitsEnd,
  digitsStart,
  integer,
  needsPowers,
  negative,
  readNumber,
  readQuotedNumber,
  toDouble,
  toInteger,
  writtenPower,
} from './number';
import { enterRecord, skipText, skipValue, space, useRoom } from './raw';
import { plainEnd, unescape, unescapedEnd } from './text';
import { dateOnly, instant, localTime, readTime, timeEnd, timeValue } from './time';

const quote: u8 = 0x22;

/** Where names, nodes and columns lie; their offsets count from here. */
let tables: usize = 0;
/** Offsets of names by hash: 0 where there is none. */
let buckets: usize = 0;
let bucketMask: u32 = 0;
/** Records whose names come in no order are read without guessing which is next, so many at a time. */
const stayShuffled: i32 = 64;
const fewLookUps: i32 = 6;
let isShuffled: bool = false;
/** Names of the record that had to be looked up. */
let lookUps: i32 = 0;
/** Number of the last object that was begun: each has its own, however often the tables are used. */
let stamps: u32 = 0;
/** Where the next text without its escapes goes. */
let appendix: usize = 0;

/** Why the scan has stopped. */
let halt: i32 = 0;
/** The name that no node knows. */
let strangeStart: usize = 0;
let strangeLength: usize = 0;
let strangeNode: usize = 0;

/** Where a scan finds its tables and its room. */
export function useTables(
  at: usize,
  hashBuckets: usize,
  bucketCount: u32,
  texts: usize,
  nameStack: usize,
  scratch: usize,
): void {
  tables = at;
  buckets = hashBuckets;
  bucketMask = bucketCount - 1;
  appendix = texts;
  useRoom(nameStack, scratch);
}

export function haltReason(): i32 {
  return halt;
}

export function strangeNameStart(): usize {
  return strangeStart;
}

export function strangeNameLength(): usize {
  return strangeLength;
}

export function strangeNameNode(): usize {
  return strangeNode - tables;
}

export function appendixEnd(): usize {
  return appendix;
}

/** Adds a name of the tables to the buckets, under its node and its text. */
export function addName(offset: usize): void {
  const name = tables + offset;
  const hash = hashOf(
    tables + <usize>load<u32>(name, nameText),
    <usize>load<u32>(name, nameLength),
    load<u32>(name, nameNode),
  );
  store<u32>(name, hash, nameHash);
  let bucket = hash & bucketMask;
  while (load<u32>(buckets + ((<usize>bucket) << 2)) != 0) bucket = (bucket + 1) & bucketMask;
  store<u32>(buckets + ((<usize>bucket) << 2), <u32>offset);
}

/**
 * Scans records `row` and on; `spans` has start and end of each. Those that are left to the parser go to `left`. Answers how many
 * were done: fewer than `count` where the next needs something first. `presence` are `slots` columns, `stride` apart, a byte for
 * each row, zeroes so far.
 */
export function scanRecords(
  spans: usize,
  row: i32,
  count: i32,
  left: usize,
  presence: usize,
  stride: usize,
  slots: i32,
  root: usize,
): i32 {
  leftRows = left;
  halt = 0;
  for (; row < count; row++) {
    if ((row & (stayShuffled - 1)) == 0) isShuffled = false;
    lookUps = 0;
    const span = spans + ((<usize>row) << 3);
    if (scanRecord(<usize>load<u32>(span), <usize>load<u32>(span, 4), tables + root, <usize>row)) {
      if (lookUps > fewLookUps) isShuffled = true;
      continue;
    }
    let cell = presence + <usize>row;
    for (let slot: i32 = 0; slot < slots; slot++, cell += stride) store<u8>(cell, 0);
    if (halt != 0) return row;
    leaveRow(row);
  }
  return row;
}

let leftRows: usize = 0;

/** Leaves a row to the parser. */
function leaveRow(row: i32): void {
  store<i32>(leftRows, row);
  leftRows += 4;
}

export function leftEnd(): usize {
  return leftRows;
}

function scanRecord(p: usize, end: usize, root: usize, row: usize): bool {
  enterRecord(end);
  if (load<u8>(p) != 0x7b) {
    if ((load<u32>(p) & 0xffffff) == 0xbfbbef) p += 3;
    p = space(p);
    if (load<u8>(p) != 0x7b) return false;
  }
  p = readObject(p + 1, root, row, 1);
  return p != 0 && (p == end || space(p) == end);
}

/** Reads the fields of an object, `depth` deep, into their columns' row; `p` is behind its bracket. Answers where it ends, or 0. */
function readObject(p: usize, node: usize, row: usize, depth: i32): usize {
  const stamp = ++stamps;
  let name = node;
  let c = load<u8>(p);
  if (c != quote) {
    p = space(p);
    c = load<u8>(p);
    if (c == 0x7d) return hasRequired(node, row) ? p + 1 : 0;
    if (c != quote) return 0;
  }
  while (true) {
    let next = tables + <usize>load<u32>(name, nameNext);
    if (isShuffled || !isAt(next, p)) {
      next = tables + <usize>load<u32>(name, nameOther);
      if (isShuffled || !isAt(next, p)) {
        next = lookUp(p, node, name);
        if (next == 0) return 0;
      }
    }
    name = next;
    p += <usize>load<u32>(name, nameLength);
    if (load<u8>(p) != 0x3a) {
      p = space(p);
      if (load<u8>(p) != 0x3a) return 0;
    }
    c = load<u8>(++p);
    if (c <= 0x20) {
      p = space(p);
      c = load<u8>(p);
    }
    const column = tables + <usize>load<u32>(name, nameColumn);
    if (load<u32>(column, columnStamp) == stamp) return 0;
    store<u32>(column, stamp, columnStamp);
    if (c == 0x6e) {
      if (load<u32>(p) != 0x6c6c756e) return 0;
      if (load<u32>(column, columnKind) == kindTee && !stampAll(column, stamp)) return 0;
      p += 4;
    } else {
      p = readValue(p, c, column, row, depth);
      if (p == 0) return 0;
      store<u8>(<usize>load<u32>(column, columnPresent) + row, 1);
    }
    c = load<u8>(p);
    if (c <= 0x20) {
      p = space(p);
      c = load<u8>(p);
    }
    p++;
    if (c != 0x2c) return c == 0x7d && hasRequired(node, row) ? p : 0;
    if (load<u8>(p) != quote) {
      p = space(p);
      if (load<u8>(p) != quote) return 0;
    }
  }
}

/** Reads a value that is not null into its column's row. Answers where it ends, or 0. */
function readValue(p: usize, c: u8, column: usize, row: usize, depth: i32): usize {
  const cells = <usize>load<u32>(column, columnCells);
  switch (load<u32>(column, columnKind)) {
    case kindText:
      if (c != quote) return 0;
    case kindString: {
      let start = p;
      let end: usize;
      if (c == quote) {
        end = plainEnd(++start);
        p = end + 1;
        if (load<u8>(end) != quote) {
          if (load<u8>(end) != 0x5c) return 0;
          p = unescape(start, end, appendix);
          if (p == 0) return 0;
          p++;
          start = appendix;
          end = unescapedEnd;
          appendix = end;
        }
      } else {
        end = skipValue(p, depth, false);
        if (end == 0) return 0;
        p = end;
      }
      const at = row << 2;
      store<u32>(cells + at, <u32>start);
      store<u32>(<usize>load<u32>(column, columnEnds) + at, <u32>end);
      return p;
    }
    case kindDouble: {
      p = readNumber(p);
      if (p == 0) return 0;
      const double = toDouble();
      if (double != double) {
        if (needsPowers) halt = haltForPowers;
        return 0;
      }
      store<f64>(cells + (row << 3), double);
      return p;
    }
    case kindFloat: {
      p = readNumber(p);
      if (p == 0) return 0;
      const double = toDouble();
      if (needsPowers) halt = haltForPowers;
      const float = <f32>double;
      const isRounded = <f64>float != double;
      // What overflows, vanishes or is a rounded integer is lost.
      if (double != double || (isRounded && (Math.floor(double) == double || float == 0 || !isFinite<f32>(float))))
        return 0;
      store<f32>(cells + (row << 2), float);
      return p;
    }
    case kindLong:
    case kindDecimal: {
      p = c == quote ? readQuotedNumber(p + 1) : readNumber(p);
      if (p == 0) return 0;
      const scale = load<i32>(column, columnScale);
      if (!toInteger(scale, load<i64>(column, columnLeast), load<i64>(column, columnGreatest))) return 0;
      store<i64>(cells + (row << 3), integer);
      return p;
    }
    case kindInteger: {
      p = readNumber(p);
      if (p == 0 || !toInteger(0, <i64>i32.MIN_VALUE, <i64>i32.MAX_VALUE)) return 0;
      store<i32>(cells + (row << 2), <i32>integer);
      return p;
    }
    case kindShort: {
      p = readNumber(p);
      if (p == 0 || !toInteger(0, <i64>i16.MIN_VALUE, <i64>i16.MAX_VALUE)) return 0;
      store<i16>(cells + (row << 1), <i16>integer);
      return p;
    }
    case kindByte: {
      p = readNumber(p);
      if (p == 0 || !toInteger(0, <i64>i8.MIN_VALUE, <i64>i8.MAX_VALUE)) return 0;
      store<i8>(cells + row, <i8>integer);
      return p;
    }
    case kindBoolean: {
      if (load<u32>(p) == 0x65757274) {
        store<u8>(cells + row, 1);
        return p + 4;
      }
      if (c != 0x66 || load<u32>(p, 1) != 0x65736c61) return 0;
      store<u8>(cells + row, 0);
      return p + 5;
    }
    case kindTimestamp: {
      if (c == quote) {
        if (readTime(p + 1) != instant) return 0;
        store<i64>(cells + (row << 3), timeValue);
        return timeEnd;
      }
      // No number is between a column's bounds that has no unit for numbers.
      p = readNumber(p);
      const scale = load<i32>(column, columnScale);
      if (p == 0 || !toInteger(scale, load<i64>(column, columnLeast), load<i64>(column, columnGreatest))) return 0;
      store<i64>(cells + (row << 3), integer);
      return p;
    }
    case kindLocalTime: {
      if (c != quote || readTime(p + 1) != localTime) return 0;
      store<i64>(cells + (row << 3), timeValue);
      return timeEnd;
    }
    case kindDate: {
      if (c != quote || readTime(p + 1) != dateOnly) return 0;
      store<i32>(cells + (row << 2), <i32>timeValue);
      return timeEnd;
    }
    case kindBinary: {
      if (c != quote) return 0;
      const end = plainEnd(++p);
      if (load<u8>(end) != quote) return 0;
      const decodedEnd = decodeBase64(p, end, appendix);
      if (decodedEnd == 0) return 0;
      const at = row << 2;
      store<u32>(cells + at, <u32>appendix);
      store<u32>(<usize>load<u32>(column, columnEnds) + at, <u32>decodedEnd);
      appendix = decodedEnd;
      return end + 1;
    }
    case kindWideDecimal: {
      p = c == quote ? readQuotedNumber(p + 1) : readNumber(p);
      if (p == 0) return 0;
      const power = writtenPower + load<i32>(column, columnScale);
      const out = cells + (row << 4);
      return writeWideDecimal(digitsStart, digitsEnd, power, negative, load<i32>(column, columnPrecision), out) ? p : 0;
    }
    case kindList: {
      if (c != 0x5b || depth == maxDepth) return 0;
      return readList(p + 1, column, row, depth + 1);
    }
    case kindStruct: {
      if (c != 0x7b || depth == maxDepth) return 0;
      return readObject(p + 1, tables + <usize>load<u32>(column, columnInner), row, depth + 1);
    }
    case kindUnknown:
      return skipValue(p, depth, true);
    case kindSkipped:
      return skipValue(p, depth, false);
    case kindTee:
      return readTee(p, c, column, row, depth);
    case kindOpen: {
      if (c != 0x7b) return skipValue(p, depth, false);
      if (depth == maxDepth) return 0;
      return readObject(p + 1, tables + <usize>load<u32>(column, columnInner), row, depth + 1);
    }
    case kindUnits: {
      p = readNumber(p);
      if (p == 0 || !toInteger(0, load<i64>(column, columnLeast), load<i64>(column, columnGreatest))) return 0;
      store<i64>(cells + (row << 3), integer * <i64>load<i32>(column, columnScale));
      return p;
    }
    default:
      return 0;
  }
}

/** Reads a value into the row of several columns. Answers where it ends, or 0. */
function readTee(p: usize, c: u8, column: usize, row: usize, depth: i32): usize {
  if (!stampAll(column, load<u32>(column, columnStamp))) return 0;
  let each = tables + <usize>load<u32>(column, columnInner);
  let end: usize = 0;
  for (let count = load<i32>(column, columnItems); count > 0; count--, each += 4) {
    const one = tables + <usize>load<u32>(each);
    end = readValue(p, c, one, row, depth);
    if (end == 0) return 0;
    store<u8>(<usize>load<u32>(one, columnPresent) + row, 1);
  }
  return end;
}

/** Marks several columns as met in an object; false where one of them is already. */
function stampAll(column: usize, stamp: u32): bool {
  let each = tables + <usize>load<u32>(column, columnInner);
  for (let count = load<i32>(column, columnItems); count > 0; count--, each += 4) {
    const one = tables + <usize>load<u32>(each);
    if (load<u32>(one, columnStamp) == stamp) return false;
    store<u32>(one, stamp, columnStamp);
  }
  return true;
}

/** Reads a list, `depth` deep, into its column's row; `p` is behind its bracket. Answers where it ends, or 0. */
function readList(p: usize, column: usize, row: usize, depth: i32): usize {
  const item = tables + <usize>load<u32>(column, columnInner);
  const start = load<u32>(column, columnItems);
  let index = start;
  p = space(p);
  if (load<u8>(p) == 0x5d) p++;
  else {
    const capacity = load<u32>(column, columnCapacity);
    const stride = <usize>load<u32>(column, columnItemStride);
    const slots = load<u32>(column, columnItemSlots);
    while (true) {
      if (index == capacity) {
        halt = haltForItems;
        return 0;
      }
      let cell = <usize>load<u32>(column, columnItemPresence) + <usize>index;
      for (let slot: u32 = 0; slot < slots; slot++, cell += stride) store<u8>(cell, 0);
      // Items of a record that is given up stay behind, in no list.
      store<u32>(column, index + 1, columnItems);
      let c = load<u8>(p);
      if (c == 0x6e) {
        if (load<u32>(p) != 0x6c6c756e || load<i32>(column, columnScale) == 0) return 0;
        p += 4;
      } else {
        p = readValue(p, c, item, <usize>index, depth);
        if (p == 0) return 0;
        store<u8>(<usize>load<u32>(item, columnPresent) + <usize>index, 1);
      }
      index++;
      p = space(p);
      c = load<u8>(p++);
      if (c == 0x5d) break;
      if (c != 0x2c) return 0;
      p = space(p);
    }
  }
  const at = row << 2;
  store<u32>(<usize>load<u32>(column, columnCells) + at, start);
  store<u32>(<usize>load<u32>(column, columnEnds) + at, index);
  return p;
}

/** Whether all columns of a node that may not be null have a value. */
function hasRequired(node: usize, row: usize): bool {
  const count = load<i32>(node, nodeRequiredCount);
  if (count == 0) return true;
  let column = tables + <usize>load<u32>(node, nodeRequired);
  for (let index: i32 = 0; index < count; index++, column += 4) {
    const required = tables + <usize>load<u32>(column);
    if (load<u8>(<usize>load<u32>(required, columnPresent) + row) == 0) return false;
  }
  return true;
}

/** Whether the record has this name at `p`. */
function isAt(name: usize, p: usize): bool {
  const alike = i8x16.bitmask(i8x16.eq(v128.load(p), v128.load(name, nameHead)));
  const mask = load<i32>(name, nameMask);
  if ((alike & mask) != mask) return false;
  const length = <usize>load<u32>(name, nameLength);
  return length <= 16 || isSame(p + 16, tables + <usize>load<u32>(name, nameText) + 16, length - 16);
}

function isSame(p: usize, q: usize, length: usize): bool {
  let at: usize = 0;
  for (; at + 8 <= length; at += 8) if (load<u64>(p + at) != load<u64>(q + at)) return false;
  for (; at < length; at++) if (load<u8>(p + at) != load<u8>(q + at)) return false;
  return true;
}

/** The node's name at `p`, which is from now on the second that is tried behind `previous`; 0 where the node knows none. */
function lookUp(p: usize, node: usize, previous: usize): usize {
  lookUps++;
  const behind = skipText(p);
  if (behind == 0 || behind - p > <usize>longestName) return 0;
  const length = behind - p;
  const offset = <u32>(node - tables);
  const hash = hashOf(p, length, offset);
  let bucket = hash & bucketMask;
  while (true) {
    const found = load<u32>(buckets + ((<usize>bucket) << 2));
    if (found == 0) break;
    const name = tables + <usize>found;
    if (
      load<u32>(name, nameHash) == hash &&
      load<u32>(name, nameLength) == <u32>length &&
      load<u32>(name, nameNode) == offset &&
      isSame(p, tables + <usize>load<u32>(name, nameText), length)
    ) {
      if (load<u32>(previous, nameNext) == 0) store<u32>(previous, found, nameNext);
      else store<u32>(previous, found, nameOther);
      return name;
    }
    bucket = (bucket + 1) & bucketMask;
  }
  halt = haltForName;
  strangeStart = p;
  strangeLength = length;
  strangeNode = node;
  return 0;
}

/** A name has two bytes at least, and 16 may be read of it. */
function hashOf(p: usize, length: usize, node: u32): u32 {
  const factor: u64 = 0x9e3779b97f4a7c15;
  let hash = (<u64>length + ((<u64>node) << 32)) * factor;
  if (length < 8) hash = (hash ^ (load<u64>(p) << ((8 - <u64>length) << 3))) * factor;
  else {
    const last = p + length - 8;
    for (; p < last; p += 8) {
      hash = (hash ^ load<u64>(p)) * factor;
      hash ^= hash >> 32;
    }
    hash = (hash ^ load<u64>(last)) * factor;
  }
  return <u32>(hash >> 32) ^ <u32>hash;
}
