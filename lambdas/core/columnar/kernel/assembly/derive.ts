import { dateOnly, readTime, timeEnd, timeValue } from './time';

const quote: u8 = 0x22;
const microsPerSecond: i64 = 1000000;
const microsPerDay: i64 = 86400 * microsPerSecond;
/** The longest text that may be a time; what is longer has digits of a second without end. */
const longestTime: usize = 64;

/** Leaves `length` characters (code points) of each text, from the character `first` on. */
export function cutTexts(present: usize, starts: usize, ends: usize, rows: i32, first: i32, length: i32): void {
  for (let row: i32 = 0; row < rows; row++, starts += 4, ends += 4) {
    if (load<u8>(present + <usize>row) == 0) continue;
    const end = <usize>load<u32>(ends);
    const from = behind(<usize>load<u32>(starts), end, first);
    store<u32>(starts, <u32>from);
    store<u32>(ends, <u32>behind(from, end, length));
  }
}

/** Where the character after so many begins; `end` where there are fewer. */
function behind(p: usize, end: usize, count: i32): usize {
  for (; p < end; p++) {
    // A character's other bytes are 10xxxxxx.
    if ((load<u8>(p) & 0xc0) != 0x80 && count-- == 0) return p;
  }
  return end;
}

/**
 * Reads texts as times of one kind (`dateOnly` …) into cells of `width` bytes. Rows whose text is none get no value and go to `left`;
 * answers how many. `scratch` has `longestTime` bytes and the kernel's slack.
 */
export function readTimes(
  textPresent: usize,
  starts: usize,
  ends: usize,
  rows: i32,
  kind: i32,
  present: usize,
  cells: usize,
  left: usize,
  scratch: usize,
): i32 {
  let leftRows: i32 = 0;
  for (let row: i32 = 0; row < rows; row++, starts += 4, ends += 4) {
    if (load<u8>(textPresent + <usize>row) == 0) continue;
    const start = <usize>load<u32>(starts);
    const length = <usize>load<u32>(ends) - start;
    if (length <= longestTime) {
      memory.copy(scratch, start, length);
      store<u8>(scratch + length, quote);
      if (readTime(scratch) == kind && timeEnd == scratch + length + 1) {
        if (kind == dateOnly) store<i32>(cells + ((<usize>row) << 2), <i32>timeValue);
        else store<i64>(cells + ((<usize>row) << 3), timeValue);
        store<u8>(present + <usize>row, 1);
        continue;
      }
    }
    store<i32>(left + ((<usize>leftRows) << 2), row);
    leftRows++;
  }
  return leftRows;
}

/** Writes microseconds since 1970, in the years 0001 to 9999, as ISO 8601 in UTC; answers where the texts end. At most 27 bytes each. */
export function writeInstants(
  instantPresent: usize,
  instants: usize,
  rows: i32,
  present: usize,
  starts: usize,
  ends: usize,
  out: usize,
): usize {
  for (let row: i32 = 0; row < rows; row++, instants += 8, starts += 4, ends += 4) {
    if (load<u8>(instantPresent + <usize>row) == 0) continue;
    store<u32>(starts, <u32>out);
    out = writeInstant(load<i64>(instants), out);
    store<u32>(ends, <u32>out);
    store<u8>(present + <usize>row, 1);
  }
  return out;
}

function writeInstant(micros: i64, out: usize): usize {
  let days = micros / microsPerDay;
  let rest = micros % microsPerDay;
  if (rest < 0) {
    rest += microsPerDay;
    days--;
  }
  // Days of the proleptic Gregorian calendar, counted from 1 March of the year 0: leap days come last in their years.
  const shifted = <i32>days + 719468;
  const era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const shiftedMonth = (5 * dayOfYear + 2) / 153;
  const day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const seconds = <i32>(rest / microsPerSecond);
  const fraction = <i32>(rest % microsPerSecond);
  twoDigits(out, year / 100);
  twoDigits(out + 2, year % 100);
  store<u8>(out, 0x2d, 4);
  twoDigits(out + 5, month);
  store<u8>(out, 0x2d, 7);
  twoDigits(out + 8, day);
  store<u8>(out, 0x54, 10);
  twoDigits(out + 11, seconds / 3600);
  store<u8>(out, 0x3a, 13);
  twoDigits(out + 14, (seconds / 60) % 60);
  store<u8>(out, 0x3a, 16);
  twoDigits(out + 17, seconds % 60);
  out += 19;
  if (fraction != 0) {
    store<u8>(out, 0x2e);
    const millis = fraction / 1000;
    store<u8>(out, <u8>(0x30 + millis / 100), 1);
    twoDigits(out + 2, millis % 100);
    out += 4;
    const fine = fraction % 1000;
    if (fine != 0) {
      store<u8>(out, <u8>(0x30 + fine / 100));
      twoDigits(out + 1, fine % 100);
      out += 3;
    }
  }
  store<u8>(out, 0x5a);
  return out + 1;
}

function twoDigits(out: usize, value: i32): void {
  store<u8>(out, <u8>(0x30 + value / 10));
  store<u8>(out, <u8>(0x30 + (value % 10)), 1);
}

/** Divides microseconds by `size`, towards the past. */
export function countUnits(
  instantPresent: usize,
  instants: usize,
  rows: i32,
  present: usize,
  cells: usize,
  size: i32,
): void {
  for (let row: i32 = 0; row < rows; row++, instants += 8, cells += 8) {
    if (load<u8>(instantPresent + <usize>row) == 0) continue;
    const micros = load<i64>(instants);
    const rest = micros % <i64>size;
    store<i64>(cells, (micros - (rest < 0 ? rest + <i64>size : rest)) / <i64>size);
    store<u8>(present + <usize>row, 1);
  }
}
