import { copyBytes } from './byte-order';

/** Bytes of the texts of the rows at `places` (0: all rows), without their lengths. */
export function bytesIn(starts: usize, ends: usize, places: usize, count: i32): i64 {
  let total: i64 = 0;
  for (let at = 0; at < count; at++) {
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
