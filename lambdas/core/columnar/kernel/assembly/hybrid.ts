const group = 8;

function writeVarint(value: u32, out: usize): usize {
  while (value > 0x7f) {
    store<u8>(out++, <u8>(value | 0x80));
    value >>= 7;
  }
  store<u8>(out, <u8>value);
  return out + 1;
}

/** Whether the next eight values are the same one. */
function isRun(values: usize): bool {
  const first = load<i32>(values);
  for (let at: usize = 4; at < (<usize>group) << 2; at += 4) {
    if (load<i32>(values + at) != first) return false;
  }
  return true;
}

/** Four values of up to 16 bits. */
function packed4(values: usize, width: u64): u64 {
  return (
    <u64>load<u32>(values) |
    ((<u64>load<u32>(values, 4)) << width) |
    ((<u64>load<u32>(values, 8)) << (width * 2)) |
    ((<u64>load<u32>(values, 12)) << (width * 3))
  );
}

/** Values of `width` bits, the lowest first, without gaps; bytes of whole groups of eight. Writes up to 16 bytes more. */
function packBits(values: usize, count: i32, width: i32, out: usize): usize {
  const end = out + ((count + 7) >> 3) * width;
  let to = out;
  let at = 0;
  if (width <= 16) {
    const half = <u64>width * 4;
    for (; at + group <= count; at += group) {
      const low = packed4(values + (at << 2), width);
      const high = packed4(values + ((at + 4) << 2), width);
      if (half == 64) {
        store<u64>(to, low);
        store<u64>(to + 8, high);
      } else {
        store<u64>(to, low | (high << half));
        store<u64>(to + 8, high >> (64 - half));
      }
      to += width;
    }
  }
  let held: u64 = 0;
  let bits = 0;
  for (; at < count; at++) {
    held |= (<u64>load<u32>(values + (at << 2))) << (<u64>bits);
    bits += width;
    if (bits >= 32) {
      store<u32>(to, <u32>held);
      to += 4;
      held >>= 32;
      bits -= 32;
    }
  }
  if (to < end) store<u64>(to, held);
  for (to += 8; to < end; to++) store<u8>(to, 0);
  return end;
}

/**
 * Parquet's hybrid of runs and bit-packed groups (Encodings.md, RLE) of values of up to 31 bits, one every 4 bytes; answers the
 * bytes written. `out` has 5 bytes for every 8 values and those of their bits, and 32 more.
 */
export function packHybrid(values: usize, count: i32, width: i32, out: usize): i32 {
  let to = out;
  let at = 0;
  while (at < count) {
    const start = at;
    if (count - at >= group && isRun(values + (at << 2))) {
      const value = load<i32>(values + (at << 2));
      at += group;
      while (at < count && load<i32>(values + (at << 2)) == value) at++;
      to = writeVarint((at - start) << 1, to);
      store<i32>(to, value);
      to += (width + 7) >> 3;
      continue;
    }
    at += group;
    while (at < count && (count - at < group || !isRun(values + (at << 2)))) at += group;
    to = writeVarint((((at - start) >> 3) << 1) | 1, to);
    to = packBits(values + (start << 2), min(at, count) - start, width, to);
  }
  return <i32>(to - out);
}
