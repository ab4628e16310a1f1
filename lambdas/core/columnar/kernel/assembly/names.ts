import { haltFor } from './halt';
import {
  haltForName,
  longestName,
  nameHash,
  nameHead,
  nameLength,
  nameMask,
  nameNext,
  nameNode,
  nameOther,
  nameText,
} from './layout';
import { skipText } from './raw';

/** Where names, nodes and columns lie; their offsets count from here. */
export let tables: usize = 0;
/** Names of the record that had to be looked up. */
export let lookUps: i32 = 0;
/** Offsets of names by hash: 0 where there is none. */
let buckets: usize = 0;
let bucketMask: u32 = 0;
/** The name that no node knows. */
let strangeStart: usize = 0;
let strangeLength: usize = 0;
let strangeNode: usize = 0;

export function useNames(at: usize, hashBuckets: usize, bucketCount: u32): void {
  tables = at;
  buckets = hashBuckets;
  bucketMask = bucketCount - 1;
}

export function countLookUps(): void {
  lookUps = 0;
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

/** Whether the record has this name at `p`. It is asked for in one place alone, so that it is no call. */
export function isAt(name: usize, p: usize): bool {
  const alike = i8x16.bitmask(i8x16.eq(v128.load(p), v128.load(name, nameHead)));
  const mask = load<i32>(name, nameMask);
  if ((alike & mask) != mask) return false;
  const length = <usize>load<u32>(name, nameLength);
  return length <= 16 || isSame(p + 16, tables + <usize>load<u32>(name, nameText) + 16, length - 16);
}

/** The name at `p` that came second behind `previous`, or whichever the node has; 0 where it knows none. */
export function nameBehind(previous: usize, p: usize, node: usize, isShuffled: bool): usize {
  const other = tables + <usize>load<u32>(previous, nameOther);
  if (!isShuffled) {
    const length = <usize>load<u32>(other, nameLength);
    if (length != 0 && isSame(p, tables + <usize>load<u32>(other, nameText), length)) return other;
  }
  return lookUp(p, node, previous);
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
  haltFor(haltForName);
  strangeStart = p;
  strangeLength = length;
  strangeNode = node;
  return 0;
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

function isSame(p: usize, q: usize, length: usize): bool {
  let at: usize = 0;
  for (; at + 8 <= length; at += 8) if (load<u64>(p + at) != load<u64>(q + at)) return false;
  for (; at < length; at++) if (load<u8>(p + at) != load<u8>(q + at)) return false;
  return true;
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
