import { copyBytes, equalBytes } from './byte-order';

const firstSlots = 1024;
const factor: u64 = 0x9e3779b97f4a7c15;
const otherFactor: u64 = 0xd6e8feb86659fd93;

function mixed(hash: u64): u64 {
  hash = (hash ^ (hash >> 32)) * factor;
  return hash ^ (hash >> 29);
}

/** Up to 16 bytes, zeroes behind. */
function padded(from: usize, length: i32): v128 {
  const places = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return v128.and(v128.load(from), v128.lt<u8>(places, i8x16.splat(<i8>length)));
}

/** Two lanes of eight bytes, the last of them overlapping: multiplications do not wait for each other. */
function hashOf(from: usize, length: i32): u32 {
  let one = <u64>length * factor;
  let two = otherFactor;
  if (length <= 16) {
    const bytes = padded(from, length);
    one = (one ^ v128.extract_lane<u64>(bytes, 0)) * otherFactor;
    two = (two ^ v128.extract_lane<u64>(bytes, 1)) * factor;
    return <u32>mixed(one ^ rotl<u64>(two, 32));
  }
  const last = from + length - 16;
  for (let at = from; at < last; at += 16) {
    one = rotl<u64>((one ^ load<u64>(at)) * factor, 29);
    two = rotl<u64>((two ^ load<u64>(at + 8)) * otherFactor, 31);
  }
  one = (one ^ load<u64>(last)) * factor;
  two = (two ^ load<u64>(last + 8)) * otherFactor;
  return <u32>mixed(one ^ rotl<u64>(two, 32));
}

function areEqual(left: usize, right: usize, length: i32): bool {
  if (length > 16) return equalBytes(left, right, length);
  return !v128.any_true(v128.xor(padded(left, length), padded(right, length)));
}

// What is known of a dictionary of texts while it grows, 4 bytes each.
const atEntries: usize = 0;
const atSlotCount: usize = 4;
const atPageBytes: usize = 8;
const atMaxBytes: usize = 12;
const atSlots: usize = 16;
const atEntryStarts: usize = 20;
const atEntryEnds: usize = 24;
const atIndices: usize = 28;
const atPage: usize = 32;
const atHashes: usize = 36;
const atEntryHashes: usize = 40;

/** A slot is a number from 1, 0 where it is free, with the highest bits of the hash above it. */
const numberBits = 19;
const numberMask: u32 = (1 << numberBits) - 1;

function tagOf(hash: u32): u32 {
  return hash & ~numberMask;
}

function refillBytes(slots: usize, slotCount: i32, entryHashes: usize, entries: i32): void {
  memory.fill(slots, 0, (<usize>slotCount) << 2);
  const mask = <u32>(slotCount - 1);
  for (let entry = 0; entry < entries; entry++) {
    const hash = load<u32>(entryHashes + (entry << 2));
    let slot = hash & mask;
    while (load<u32>(slots + (slot << 2)) != 0) slot = (slot + 1) & mask;
    store<u32>(slots + (slot << 2), tagOf(hash) | (entry + 1));
  }
}

/**
 * Begins a dictionary of texts of up to `maxBytes` in plain encoding, which come to `page`; its texts' places there come to
 * `entryStarts` and `entryEnds`, their hashes to `entryHashes`, the values' numbers to `indices`. `slots` has 4 bytes for each slot of a table that grows
 * fourfold from 1024, at least half of it free; `hashes` has 1 KiB for what is known of the texts at hand.
 */
export function beginDictionary(
  state: usize,
  maxBytes: i32,
  slots: usize,
  entryStarts: usize,
  entryEnds: usize,
  indices: usize,
  page: usize,
  hashes: usize,
  entryHashes: usize,
): void {
  store<usize>(state, entryHashes, atEntryHashes);
  store<i32>(state, 0, atEntries);
  store<i32>(state, firstSlots, atSlotCount);
  store<i32>(state, 0, atPageBytes);
  store<i32>(state, maxBytes, atMaxBytes);
  store<usize>(state, slots, atSlots);
  store<usize>(state, entryStarts, atEntryStarts);
  store<usize>(state, entryEnds, atEntryEnds);
  store<usize>(state, indices, atIndices);
  store<usize>(state, page, atPage);
  store<usize>(state, hashes, atHashes);
  memory.fill(slots, 0, firstSlots << 2);
}

/** So many hashes are made before they are looked for: texts come into the cache side by side, not one after another. */
const hashedAtOnce = 256;

/** Takes the texts of the rows at `places` (0: all rows) too; answers how many there are now, -1 beyond `maxBytes` or 2^19. */
export function growDictionary(state: usize, bytes: usize, starts: usize, ends: usize, places: usize, count: i32): i32 {
  const hashes = load<usize>(state, atHashes);
  const slots = load<usize>(state, atSlots);
  const entryStarts = load<usize>(state, atEntryStarts);
  const entryEnds = load<usize>(state, atEntryEnds);
  const entryHashes = load<usize>(state, atEntryHashes);
  const indices = load<usize>(state, atIndices);
  const page = load<usize>(state, atPage);
  const maxBytes = load<i32>(state, atMaxBytes);
  let entries = load<i32>(state, atEntries);
  let slotCount = load<i32>(state, atSlotCount);
  let pageBytes = load<i32>(state, atPageBytes);
  let mask = <u32>(slotCount - 1);
  for (let first = 0; first < count; first += hashedAtOnce) {
    const last = min(first + hashedAtOnce, count);
    for (let at = first; at < last; at++) {
      const row = places == 0 ? at : load<i32>(places + (at << 2));
      const start = load<i32>(starts + (row << 2));
      store<u32>(hashes + ((at - first) << 2), hashOf(bytes + start, load<i32>(ends + (row << 2)) - start));
    }
    for (let at = first; at < last; at++) {
      const row = places == 0 ? at : load<i32>(places + (at << 2));
      const start = load<i32>(starts + (row << 2));
      const length = load<i32>(ends + (row << 2)) - start;
      const hash = load<u32>(hashes + ((at - first) << 2));
      const tag = tagOf(hash);
      let slot = hash & mask;
      for (;;) {
        const held = load<u32>(slots + (slot << 2));
        if (held == 0) {
          const entryStart = pageBytes + 4;
          if (length > maxBytes - entryStart || <u32>entries >= numberMask) return -1;
          store<i32>(page + pageBytes, length);
          copyBytes(page + entryStart, bytes + start, length);
          pageBytes = entryStart + length;
          store<i32>(entryStarts + (entries << 2), entryStart);
          store<i32>(entryEnds + (entries << 2), pageBytes);
          store<u32>(entryHashes + (entries << 2), hash);
          store<i32>(indices + (at << 2), entries++);
          store<u32>(slots + (slot << 2), tag | entries);
          if (entries << 1 > slotCount) {
            slotCount <<= 2;
            mask = <u32>(slotCount - 1);
            refillBytes(slots, slotCount, entryHashes, entries);
          }
          break;
        }
        if (((held ^ tag) & ~numberMask) == 0) {
          const entry = <i32>(held & numberMask) - 1;
          const known = page + load<i32>(entryStarts + (entry << 2));
          if (load<i32>(known - 4) == length && areEqual(known, bytes + start, length)) {
            store<i32>(indices + (at << 2), entry);
            break;
          }
        }
        slot = (slot + 1) & mask;
      }
    }
  }
  store<i32>(state, entries, atEntries);
  store<i32>(state, slotCount, atSlotCount);
  store<i32>(state, pageBytes, atPageBytes);
  store<usize>(state, indices + (count << 2), atIndices);
  return entries;
}

/** Whether a good part has been seen and hardly a value came twice: a dictionary would only cost. */
function isUnique(entries: i32, at: i32, count: i32): bool {
  return at >= count >> 3 && entries > at - (at >> 6);
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

/** Distinct values of 4 bytes in the order they come first; -1 for more than `maxEntries`, or for hardly any that comes twice. `slots` as above, of 4 bytes each. */
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
          if (isUnique(entries, at, count)) return -1;
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
          if (isUnique(entries, at, count)) return -1;
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
