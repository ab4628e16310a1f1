import { halt, haltFor } from './halt';
import {
  columnCapacity,
  columnCells,
  columnEnds,
  columnInner,
  columnItemPresence,
  columnItemSlots,
  columnItemStride,
  columnItems,
  columnKind,
  columnPresent,
  columnScale,
  columnStamp,
  haltForItems,
  kindString,
  kindTee,
  kindText,
  nameColumn,
  nameLength,
  nameNext,
  nodeRequired,
  nodeRequiredCount,
} from './layout';
import { countLookUps, isAt, lookUps, nameBehind, tables, useNames } from './names';
import { enterRecord, space, useRoom } from './raw';
import { plainEnd } from './text';
import { appendixEnd, readValue, stampAll, useAppendix } from './value';

const quote: u8 = 0x22;
/** Records whose names come in no order are read without guessing which is next, so many at a time. */
const stayShuffled: i32 = 64;
const fewLookUps: i32 = 6;

let isShuffled: bool = false;
/** Number of the last object that was begun: each has its own, however often the tables are used. */
let stamps: u32 = 0;

/** Where a scan finds its tables and its room. */
export function useTables(
  at: usize,
  hashBuckets: usize,
  bucketCount: u32,
  texts: usize,
  nameStack: usize,
  scratch: usize,
): void {
  useNames(at, hashBuckets, bucketCount);
  useAppendix(texts);
  useRoom(nameStack, scratch);
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
  haltFor(0);
  for (; row < count; row++) {
    if ((row & (stayShuffled - 1)) == 0) isShuffled = false;
    countLookUps();
    const texts = appendixEnd();
    const span = spans + ((<usize>row) << 3);
    if (scanRecord(<usize>load<u32>(span), <usize>load<u32>(span, 4), tables + root, <usize>row)) {
      if (lookUps > fewLookUps) isShuffled = true;
      continue;
    }
    let cell = presence + <usize>row;
    for (let slot: i32 = 0; slot < slots; slot++, cell += stride) store<u8>(cell, 0);
    // A record that is read again writes its texts again.
    useAppendix(texts);
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
export function readObject(p: usize, node: usize, row: usize, depth: i32): usize {
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
      next = nameBehind(name, p, node, isShuffled);
      if (next == 0) return 0;
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
      p =
        c == quote && isText(load<u32>(column, columnKind))
          ? readText(p, column, row, depth)
          : readValue(p, c, column, row, depth);
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

function isText(kind: u32): bool {
  return kind == kindString || kind == kindText;
}

/** Most values are texts without escapes: those are read without a call. */
function readText(p: usize, column: usize, row: usize, depth: i32): usize {
  const start = p + 1;
  const end = plainEnd(start);
  if (load<u8>(end) != quote) return readValue(p, quote, column, row, depth);
  const at = row << 2;
  store<u32>(<usize>load<u32>(column, columnCells) + at, <u32>start);
  store<u32>(<usize>load<u32>(column, columnEnds) + at, <u32>end);
  return end + 1;
}

/** Reads a list, `depth` deep, into its column's row; `p` is behind its bracket. Answers where it ends, or 0. */
export function readList(p: usize, column: usize, row: usize, depth: i32): usize {
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
        haltFor(haltForItems);
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
