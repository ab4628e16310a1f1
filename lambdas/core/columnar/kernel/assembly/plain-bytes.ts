import { copyBytes } from './byte-order';

/** Bytes of the texts of the rows at `places` (0: all rows), without their lengths. */
export function bytesIn(starts: usize, ends: usize, places: usize, count: i32): i64 {
  let total: i64 = 0;
  let at = 0;
  if (places == 0) {
    let low = i64x2.splat(0);
    let high = i64x2.splat(0);
    for (; at + 4 <= count; at += 4) {
      const lengths = i32x4.sub(v128.load(ends + (at << 2)), v128.load(starts + (at << 2)));
      low = i64x2.add(low, i64x2.extend_low_i32x4_s(lengths));
      high = i64x2.add(high, i64x2.extend_high_i32x4_s(lengths));
    }
    const both = i64x2.add(low, high);
    total = i64x2.extract_lane(both, 0) + i64x2.extract_lane(both, 1);
  }
  for (; at < count; at++) {
    const row = places == 0 ? at : load<i32>(places + (at << 2));
    total += <i64>(load<i32>(ends + (row << 2)) - load<i32>(starts + (row << 2)));
  }
  return total;
}

/** Each text behind its length; answers the bytes written. `out` has 16 bytes more. */
export function writePlainBytes(bytes: usize, starts: usize, ends: usize, places: usize, count: i32, out: usize): i32 {
  let to = out;
  for (let at = 0; at < count; at++) {
    const row = places == 0 ? at : load<i32>(places + (at << 2));
    const start = load<i32>(starts + (row << 2));
    const length = load<i32>(ends + (row << 2)) - start;
    store<i32>(to, length);
    copyBytes(to + 4, bytes + start, length);
    to += 4 + length;
  }
  return <i32>(to - out);
}
