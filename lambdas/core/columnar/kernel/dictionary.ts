import { equalBytes } from './byte-order';

const firstSlots = 1024;
const factor: u64 = 0x9e3779b97f4a7c15;
const otherFactor: u64 = 0xd6e8feb86659fd93;

function mixed(hash: u64): u64 {
  hash = (hash ^ (hash >> 32)) * factor;
  return hash ^ (hash >> 29);
}

/** Two lanes of eight bytes, the last of them overlapping: multiplications do not wait for each other. */
function hashOf(from: usize, length: i32): u64 {
  if (length < 8) {
    if (length == 0) return factor;
    return mixed(((load<u64>(from) << (<u64>(64 - length * 8))) ^ <u64>length) * otherFactor);
  }
  let one = <u64>length * factor;
  let two = otherFactor;
  const last = from + length - 8;
  for (let at = from; at + 8 < last; at += 16) {
    one = rotl<u64>((one ^ load<u64>(at)) * factor, 29);
    two = rotl<u64>((two ^ load<u64>(at + 8)) * otherFactor, 31);
  }
  one = (one ^ load<u64>(last)) * factor;
  two = (two ^ load<u64>(length < 16 ? from : last - 8)) * otherFactor;
  return mixed(one ^ rotl<u64>(two, 32));
}

/** Puts entry numbers into an empty table. A slot is half a hash and a number from 1; 0 is free. */
function refill(slots: usize, slotCount: i32, hashes: usize, entries: i32): void {
  memory.fill(slots, 0, (<usize>slotCount) << 3);
  const mask = <u32>(slotCount - 1);
  for (let entry = 0; entry < entries; entry++) {
    const hash = load<u64>(hashes + (entry << 3));
    let slot = <u32>hash & mask;
    while (load<u64>(slots + (slot << 3)) != 0) slot = (slot + 1) & mask;
    store<u64>(slots + (slot << 3), (hash & 0xffffffff00000000) | <u64>(entry + 1));
  }
}

/**
 * Distinct texts of the rows at `places` (0: all rows) in the order they come first, as slices of `bytes`, and each row's number
 * among them. `slots` has 8 bytes for each of a power of two of at least twice `count`, `hashes` 8 a value. Answers how many
 * there are, -1 where their bytes exceed `maxBytes`.
 */
export function dictionaryOfBytes(
  bytes: usize,
  starts: usize,
  ends: usize,
  places: usize,
  count: i32,
  slots: usize,
  hashes: usize,
  maxBytes: i32,
  entryStarts: usize,
  entryEnds: usize,
  indices: usize,
): i32 {
  let slotCount = firstSlots;
  let mask = <u32>(slotCount - 1);
  memory.fill(slots, 0, slotCount << 3);
  let entries = 0;
  let left = maxBytes;
  let lastStart = -1;
  let lastEnd = -1;
  let lastIndex = 0;
  for (let at = 0; at < count; at++) {
    const row = places == 0 ? at : load<i32>(places + (at << 2));
    const start = load<i32>(starts + (row << 2));
    const end = load<i32>(ends + (row << 2));
    if (start != lastStart || end != lastEnd) {
      lastStart = start;
      lastEnd = end;
      const length = end - start;
      const from = bytes + start;
      const hash = hashOf(from, length);
      let slot = <u32>hash & mask;
      for (;;) {
        const held = load<u64>(slots + (slot << 3));
        if (held == 0) {
          left -= length + 4;
          if (left < 0) return -1;
          store<u64>(slots + (slot << 3), (hash & 0xffffffff00000000) | <u64>(entries + 1));
          store<u64>(hashes + (entries << 3), hash);
          store<i32>(entryStarts + (entries << 2), start);
          store<i32>(entryEnds + (entries << 2), end);
          lastIndex = entries++;
          if (entries << 1 > slotCount) {
            slotCount <<= 2;
            mask = <u32>(slotCount - 1);
            refill(slots, slotCount, hashes, entries);
          }
          break;
        }
        if ((held ^ hash) >> 32 == 0) {
          const entry = <i32>(<u32>held) - 1;
          const entryStart = load<i32>(entryStarts + (entry << 2));
          if (
            load<i32>(entryEnds + (entry << 2)) - entryStart == length &&
            equalBytes(bytes + entryStart, from, length)
          ) {
            lastIndex = entry;
            break;
          }
        }
        slot = (slot + 1) & mask;
      }
    }
    store<i32>(indices + (at << 2), lastIndex);
  }
  return entries;
}

function refill32(slots: usize, slotCount: i32, values: usize, entries: i32): void {
  memory.fill(slots, 0, (<usize>slotCount) << 2);
  const mask = <u32>(slotCount - 1);
  for (let entry = 0; entry < entries; entry++) {
    let slot = <u32>mixed(<u64>load<u32>(values + (entry << 2))) & mask;
    while (load<u32>(slots + (slot << 2)) != 0) slot = (slot + 1) & mask;
    store<u32>(slots + (slot << 2), entry + 1);
  }
}

/** Distinct values of 4 bytes in the order they come first; -1 for more than `maxEntries`. `slots` as above, of 4 bytes each. */
export function dictionaryOf32(
  values: usize,
  count: i32,
  slots: usize,
  maxEntries: i32,
  distinct: usize,
  indices: usize,
): i32 {
  let slotCount = firstSlots;
  let mask = <u32>(slotCount - 1);
  memory.fill(slots, 0, slotCount << 2);
  let entries = 0;
  for (let at = 0; at < count; at++) {
    const value = load<u32>(values + (at << 2));
    let slot = <u32>mixed(<u64>value) & mask;
    let index = 0;
    for (;;) {
      const held = load<u32>(slots + (slot << 2));
      if (held == 0) {
        if (entries == maxEntries) return -1;
        store<u32>(distinct + (entries << 2), value);
        index = entries++;
        store<u32>(slots + (slot << 2), entries);
        if (entries << 1 > slotCount) {
          slotCount <<= 2;
          mask = <u32>(slotCount - 1);
          refill32(slots, slotCount, distinct, entries);
        }
        break;
      }
      if (load<u32>(distinct + ((held - 1) << 2)) == value) {
        index = held - 1;
        break;
      }
      slot = (slot + 1) & mask;
    }
    store<i32>(indices + (at << 2), index);
  }
  return entries;
}

function refill64(slots: usize, slotCount: i32, values: usize, entries: i32): void {
  memory.fill(slots, 0, (<usize>slotCount) << 2);
  const mask = <u32>(slotCount - 1);
  for (let entry = 0; entry < entries; entry++) {
    let slot = <u32>mixed(load<u64>(values + (entry << 3))) & mask;
    while (load<u32>(slots + (slot << 2)) != 0) slot = (slot + 1) & mask;
    store<u32>(slots + (slot << 2), entry + 1);
  }
}

/** Distinct values of 8 bytes, as above. */
export function dictionaryOf64(
  values: usize,
  count: i32,
  slots: usize,
  maxEntries: i32,
  distinct: usize,
  indices: usize,
): i32 {
  let slotCount = firstSlots;
  let mask = <u32>(slotCount - 1);
  memory.fill(slots, 0, slotCount << 2);
  let entries = 0;
  for (let at = 0; at < count; at++) {
    const value = load<u64>(values + (at << 3));
    let slot = <u32>mixed(value) & mask;
    let index = 0;
    for (;;) {
      const held = load<u32>(slots + (slot << 2));
      if (held == 0) {
        if (entries == maxEntries) return -1;
        store<u64>(distinct + (entries << 3), value);
        index = entries++;
        store<u32>(slots + (slot << 2), entries);
        if (entries << 1 > slotCount) {
          slotCount <<= 2;
          mask = <u32>(slotCount - 1);
          refill64(slots, slotCount, distinct, entries);
        }
        break;
      }
      if (load<u64>(distinct + ((held - 1) << 3)) == value) {
        index = held - 1;
        break;
      }
      slot = (slot + 1) & mask;
    }
    store<i32>(indices + (at << 2), index);
  }
  return entries;
}
