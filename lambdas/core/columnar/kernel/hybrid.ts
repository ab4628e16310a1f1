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

/** Values of `width` bits, the lowest first, without gaps; bytes of whole groups of eight. */
function packBits(values: usize, count: i32, width: i32, out: usize): usize {
  let to = out;
  let held: u64 = 0;
  let bits = 0;
  for (let at = 0; at < count; at++) {
    held |= (<u64>load<u32>(values + (at << 2))) << (<u64>bits);
    bits += width;
    if (bits >= 32) {
      store<u32>(to, <u32>held);
      to += 4;
      held >>= 32;
      bits -= 32;
    }
  }
  store<u64>(to, held);
  const end = out + ((count + 7) >> 3) * width;
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
