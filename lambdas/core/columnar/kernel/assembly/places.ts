/** Writes the numbers of the rows from `first` on whose bit is set; answers how many. */
export function placesOf(validity: usize, first: i32, count: i32, out: usize): i32 {
  let to = out;
  const end = first + count;
  for (let row = first; row < end; row++) {
    store<i32>(to, row);
    to += (<usize>(load<u8>(validity + (row >> 3)) >> <u8>(row & 7)) & 1) << 2;
  }
  return <i32>((to - out) >> 2);
}

/** How many of the bits from `first` on are set. */
export function countBits(bits: usize, first: i32, count: i32): i32 {
  let total = 0;
  let row = first;
  const end = first + count;
  while (row < end && (row & 7) != 0) {
    total += <i32>((load<u8>(bits + (row >> 3)) >> <u8>(row & 7)) & 1);
    row++;
  }
  for (; row + 64 <= end; row += 64) total += <i32>popcnt<u64>(load<u64>(bits + (row >> 3)));
  for (; row < end; row++) total += <i32>((load<u8>(bits + (row >> 3)) >> <u8>(row & 7)) & 1);
  return total;
}

/** Copies the bits from `first` on to the start of whole bytes, zeroes behind. */
export function copyBits(bits: usize, first: i32, count: i32, out: usize): void {
  const shift = <u8>(first & 7);
  const from = bits + (first >> 3);
  const bytes = (count + 7) >> 3;
  if (shift == 0) memory.copy(out, from, bytes);
  else {
    for (let at = 0; at < bytes; at++) {
      store<u8>(out + at, (load<u8>(from + at) >> shift) | (load<u8>(from + at + 1) << (8 - shift)));
    }
  }
  if ((count & 7) != 0) {
    const last = out + bytes - 1;
    const mask = (1 << (count & 7)) - 1;
    store<u8>(last, load<u8>(last) & <u8>mask);
  }
}

/** The bits of the rows at `places`, one after another, zeroes behind. */
export function gatherBits(bits: usize, places: usize, count: i32, out: usize): void {
  memory.fill(out, 0, (count + 7) >> 3);
  for (let at = 0; at < count; at++) {
    const row = load<i32>(places + (at << 2));
    const bit = (load<u8>(bits + (row >> 3)) >> <u8>(row & 7)) & 1;
    const to = out + (at >> 3);
    store<u8>(to, load<u8>(to) | (bit << (<u8>(at & 7))));
  }
}

/** Values of the rows at `places` (0: all rows), one after another: 1 and 2 bytes become 4. */
export function gatherFixed(values: usize, width: i32, places: usize, count: i32, out: usize): void {
  switch (width) {
    case 1:
      for (let at = 0; at < count; at++) {
        const row = places == 0 ? at : load<i32>(places + (at << 2));
        store<i32>(out + (at << 2), <i32>load<i8>(values + row));
      }
      return;
    case 2:
      for (let at = 0; at < count; at++) {
        const row = places == 0 ? at : load<i32>(places + (at << 2));
        store<i32>(out + (at << 2), <i32>load<i16>(values + (row << 1)));
      }
      return;
    case 4:
      for (let at = 0; at < count; at++) {
        const row = places == 0 ? at : load<i32>(places + (at << 2));
        store<i32>(out + (at << 2), load<i32>(values + (row << 2)));
      }
      return;
    case 8:
      for (let at = 0; at < count; at++) {
        const row = places == 0 ? at : load<i32>(places + (at << 2));
        store<i64>(out + (at << 3), load<i64>(values + (row << 3)));
      }
      return;
  }
}

/** The low `width` bytes of 128-bit numbers, the highest first: how Parquet stores great decimals. */
export function gatherDecimals(words: usize, places: usize, count: i32, width: i32, out: usize): void {
  let to = out;
  for (let at = 0; at < count; at++) {
    const from = words + ((places == 0 ? at : load<i32>(places + (at << 2))) << 4);
    for (let byte = width - 1; byte >= 0; byte--) store<u8>(to++, load<u8>(from + byte));
  }
}

/** The low `width` bytes, 4 or 8, of numbers that lie `stride` bytes apart. */
export function gatherLow(values: usize, stride: i32, places: usize, count: i32, width: i32, out: usize): void {
  for (let at = 0; at < count; at++) {
    const from = values + (places == 0 ? at : load<i32>(places + (at << 2))) * stride;
    if (width == 4) store<i32>(out + (at << 2), load<i32>(from));
    else store<i64>(out + (at << 3), load<i64>(from));
  }
}

/** Starts and ends of the values at `places` (0: all) where each has `width` bytes. */
export function fillSlices(width: i32, places: usize, count: i32, starts: usize, ends: usize): void {
  for (let at = 0; at < count; at++) {
    const start = (places == 0 ? at : load<i32>(places + (at << 2))) * width;
    store<i32>(starts + (at << 2), start);
    store<i32>(ends + (at << 2), start + width);
  }
}

/** Reads one byte of every cache line: one after another they come quicker than those that a loop leaps to. Answers their sum. */
export function readAhead(from: usize, end: usize): u32 {
  let sum: u32 = 0;
  for (let at = from; at < end; at += 64) sum += load<u8>(at);
  return sum;
}
