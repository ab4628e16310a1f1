import { compareBytes, equalBytes, prefixOf, sharedBytes } from './byte-order';

/**
 * Least and greatest of the rows at `places` (0: all rows) of signed numbers of 1, 2, 4 or 8 bytes, as two i64 at `out`.
 * `count` is above 0.
 */
export function extremesOfIntegers(values: usize, width: i32, places: usize, count: i32, out: usize): void {
  let least: i64 = i64.MAX_VALUE;
  let greatest: i64 = i64.MIN_VALUE;
  for (let at = 0; at < count; at++) {
    const row = places == 0 ? at : load<i32>(places + (at << 2));
    let value: i64 = 0;
    if (width == 8) value = load<i64>(values + (row << 3));
    else if (width == 4) value = <i64>load<i32>(values + (row << 2));
    else if (width == 2) value = <i64>load<i16>(values + (row << 1));
    else value = <i64>load<i8>(values + row);
    least = min(least, value);
    greatest = max(greatest, value);
  }
  store<i64>(out, least);
  store<i64>(out + 8, greatest);
}

/** As above for floats of 4 or 8 bytes, as two f64: NaN is none of them, -0 is below 0. Answers how many are not NaN. */
export function extremesOfFloats(values: usize, width: i32, places: usize, count: i32, out: usize): i32 {
  let least: f64 = Infinity;
  let greatest: f64 = -Infinity;
  let numbers = 0;
  for (let at = 0; at < count; at++) {
    const row = places == 0 ? at : load<i32>(places + (at << 2));
    const value = width == 8 ? load<f64>(values + (row << 3)) : <f64>load<f32>(values + (row << 2));
    if (value != value) continue;
    numbers++;
    least = min(least, value);
    greatest = max(greatest, value);
  }
  store<f64>(out, least);
  store<f64>(out + 8, greatest);
  return numbers;
}

/** As above for 128-bit numbers, the low word first, as two of them. */
export function extremesOfDecimals(words: usize, places: usize, count: i32, out: usize): void {
  let leastLow: u64 = 0;
  let leastHigh: i64 = 0;
  let greatestLow: u64 = 0;
  let greatestHigh: i64 = 0;
  for (let at = 0; at < count; at++) {
    const from = words + ((places == 0 ? at : load<i32>(places + (at << 2))) << 4);
    const low = load<u64>(from);
    const high = load<i64>(from + 8);
    if (at == 0 || high < leastHigh || (high == leastHigh && low < leastLow)) {
      leastLow = low;
      leastHigh = high;
    }
    if (at == 0 || high > greatestHigh || (high == greatestHigh && low > greatestLow)) {
      greatestLow = low;
      greatestHigh = high;
    }
  }
  store<u64>(out, leastLow);
  store<i64>(out + 8, leastHigh);
  store<u64>(out + 16, greatestLow);
  store<i64>(out + 24, greatestHigh);
}

/**
 * As above for texts by their bytes, as their two rows, i32 each. What all of them begin with is skipped, so that the eight
 * bytes behind it mostly tell them apart.
 */
export function extremesOfBytes(bytes: usize, starts: usize, ends: usize, places: usize, count: i32, out: usize): void {
  const first = places == 0 ? 0 : load<i32>(places);
  const firstStart = load<i32>(starts + (first << 2));
  const firstLength = load<i32>(ends + (first << 2)) - firstStart;
  let shared = firstLength;
  for (let at = 1; at < count; at++) {
    const row = places == 0 ? at : load<i32>(places + (at << 2));
    const start = load<i32>(starts + (row << 2));
    const compared = min(shared, load<i32>(ends + (row << 2)) - start);
    if (!equalBytes(bytes + start, bytes + firstStart, compared)) {
      shared = sharedBytes(bytes + start, bytes + firstStart, compared);
    } else shared = compared;
  }
  let least = first;
  let greatest = first;
  let leastStart = firstStart + shared;
  let leastLength = firstLength - shared;
  let leastPrefix = prefixOf(bytes + leastStart, leastLength);
  let greatestStart = leastStart;
  let greatestLength = leastLength;
  let greatestPrefix = leastPrefix;
  for (let at = 1; at < count; at++) {
    const row = places == 0 ? at : load<i32>(places + (at << 2));
    const start = load<i32>(starts + (row << 2)) + shared;
    const length = load<i32>(ends + (row << 2)) - start;
    const prefix = prefixOf(bytes + start, length);
    if (
      prefix < leastPrefix ||
      (prefix == leastPrefix && compareBytes(bytes + start, length, bytes + leastStart, leastLength) < 0)
    ) {
      least = row;
      leastStart = start;
      leastLength = length;
      leastPrefix = prefix;
    }
    if (
      prefix > greatestPrefix ||
      (prefix == greatestPrefix && compareBytes(bytes + start, length, bytes + greatestStart, greatestLength) > 0)
    ) {
      greatest = row;
      greatestStart = start;
      greatestLength = length;
      greatestPrefix = prefix;
    }
  }
  store<i32>(out, least);
  store<i32>(out + 4, greatest);
}
