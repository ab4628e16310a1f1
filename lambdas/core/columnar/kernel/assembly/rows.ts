/** Makes a bitmap of bytes that are 0 or 1, of the rows at `places` (0: of all); answers how many are 1. */
export function packBits(bytes: usize, places: usize, count: i32, out: usize): i32 {
  let ones: i32 = 0;
  let row: i32 = 0;
  if (places == 0) {
    for (; row + 16 <= count; row += 16) {
      const bits = i8x16.bitmask(i8x16.ne(v128.load(bytes + <usize>row), i8x16.splat(0)));
      store<u16>(out + <usize>(row >> 3), <u16>bits);
      ones += popcnt<i32>(bits);
    }
  }
  for (; row < count; row += 8) {
    let byte: u32 = 0;
    const end = min<i32>(row + 8, count);
    for (let at = row; at < end; at++) {
      const from = places == 0 ? at : load<i32>(places + ((<usize>at) << 2));
      byte |= (<u32>(load<u8>(bytes + <usize>from) != 0)) << (<u32>at & 7);
    }
    store<u8>(out + <usize>(row >> 3), <u8>byte);
    ones += popcnt<i32>(<i32>byte);
  }
  return ones;
}

/** Copies the values of `width` bytes at `places`, one after another. */
export function pickFixed(values: usize, width: i32, places: usize, count: i32, out: usize): void {
  const end = places + ((<usize>count) << 2);
  switch (width) {
    case 1:
      for (; places < end; places += 4, out++) store<u8>(out, load<u8>(values + <usize>load<u32>(places)));
      return;
    case 2:
      for (; places < end; places += 4, out += 2)
        store<u16>(out, load<u16>(values + ((<usize>load<u32>(places)) << 1)));
      return;
    case 4:
      for (; places < end; places += 4, out += 4)
        store<u32>(out, load<u32>(values + ((<usize>load<u32>(places)) << 2)));
      return;
    case 8:
      for (; places < end; places += 4, out += 8)
        store<u64>(out, load<u64>(values + ((<usize>load<u32>(places)) << 3)));
      return;
    case 16:
      for (; places < end; places += 4, out += 16)
        v128.store(out, v128.load(values + ((<usize>load<u32>(places)) << 4)));
      return;
  }
}

/**
 * Splits groups of rows by the values of one more column: fixed ones of `width` bytes, or, with `ends`, slices of memory from
 * `values` up to `ends`. `groups` has each row's group before and after, in the order in which they are first met; `firsts` becomes
 * each group's first row and `before` its group before. `buckets` are zeroes, twice as many as rows at least. Answers how many groups.
 */
export function splitGroups(
  groups: usize,
  present: usize,
  values: usize,
  ends: usize,
  width: i32,
  places: usize,
  count: i32,
  buckets: usize,
  bucketCount: u32,
  firsts: usize,
  before: usize,
): i32 {
  let found: i32 = 0;
  for (let at: i32 = 0; at < count; at++) {
    const row = places == 0 ? at : load<i32>(places + ((<usize>at) << 2));
    const group = load<i32>(groups + ((<usize>at) << 2));
    const isPresent = load<u8>(present + <usize>row);
    // What is left over in the cell of a row without a value is no place to look at.
    const start = isPresent ? startOf(values, ends, width, row) : 0;
    const length = isPresent ? lengthOf(start, ends, width, row) : 0;
    let bucket = hashOf(start, length, <u32>group * 2 + isPresent) & (bucketCount - 1);
    while (true) {
      const slot = buckets + ((<usize>bucket) << 2);
      const known = load<i32>(slot) - 1;
      if (known < 0) {
        store<i32>(slot, found + 1);
        store<i32>(firsts + ((<usize>found) << 2), row);
        store<i32>(before + ((<usize>found) << 2), group);
        store<i32>(groups + ((<usize>at) << 2), found++);
        break;
      }
      const first = load<i32>(firsts + ((<usize>known) << 2));
      if (load<i32>(before + ((<usize>known) << 2)) == group && load<u8>(present + <usize>first) == isPresent) {
        const other = isPresent ? startOf(values, ends, width, first) : 0;
        const otherLength = isPresent ? lengthOf(other, ends, width, first) : 0;
        if (otherLength == length && memory.compare(start, other, length) == 0) {
          store<i32>(groups + ((<usize>at) << 2), known);
          break;
        }
      }
      bucket = (bucket + 1) & (bucketCount - 1);
    }
  }
  return found;
}

function startOf(values: usize, ends: usize, width: i32, row: i32): usize {
  return ends == 0 ? values + <usize>(row * width) : <usize>load<u32>(values + ((<usize>row) << 2));
}

function lengthOf(start: usize, ends: usize, width: i32, row: i32): usize {
  return ends == 0 ? <usize>width : <usize>load<u32>(ends + ((<usize>row) << 2)) - start;
}

function hashOf(p: usize, length: usize, seed: u32): u32 {
  const factor: u64 = 0x9e3779b97f4a7c15;
  let hash = (<u64>length + ((<u64>seed) << 32)) * factor;
  const end = p + length;
  for (; p + 8 <= end; p += 8) {
    hash = (hash ^ load<u64>(p)) * factor;
    hash ^= hash >> 32;
  }
  for (; p < end; p++) hash = (hash ^ <u64>load<u8>(p)) * factor;
  return <u32>(hash ^ (hash >> 32));
}
