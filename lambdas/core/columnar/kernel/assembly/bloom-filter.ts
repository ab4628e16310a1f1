import { xxhash64 } from './xxhash';

const blockBytes = 32;

function salt(word: i32): u32 {
  switch (word) {
    case 0:
      return 0x47b6137b;
    case 1:
      return 0x44974d91;
    case 2:
      return 0x8824ad5b;
    case 3:
      return 0xa2b7289d;
    case 4:
      return 0x705495c7;
    case 5:
      return 0x2df1424b;
    case 6:
      return 0x9efc4947;
    default:
      return 0x5c6bfb31;
  }
}

function insert(filter: usize, blocks: u32, hash: u64): void {
  const block = filter + <usize>(((hash >> 32) * <u64>blocks) >> 32) * blockBytes;
  const key = <u32>hash;
  for (let word = 0; word < 8; word++) {
    const at = block + (word << 2);
    store<u32>(at, load<u32>(at) | ((<u32>1) << ((key * salt(word)) >> 27)));
  }
}

/** Puts texts into a split block Bloom filter of `blocks` of 32 bytes (parquet-format, BloomFilter.md). */
export function insertBytes(
  bytes: usize,
  starts: usize,
  ends: usize,
  places: usize,
  count: i32,
  filter: usize,
  blocks: i32,
): void {
  for (let at = 0; at < count; at++) {
    const row = places == 0 ? at : load<i32>(places + (at << 2));
    const start = load<i32>(starts + (row << 2));
    insert(filter, blocks, xxhash64(bytes + start, load<i32>(ends + (row << 2)) - start));
  }
}

/** Puts values of one width, as they are stored, into a filter. */
export function insertFixed(values: usize, width: i32, count: i32, filter: usize, blocks: i32): void {
  for (let at = 0; at < count; at++) insert(filter, blocks, xxhash64(values + at * width, width));
}
