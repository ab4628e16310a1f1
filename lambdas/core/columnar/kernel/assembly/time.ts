const quote: u8 = 0x22;
const microsPerSecond: i64 = 1000000;
/** Microseconds of the years 0001 to 9999: an offset may bring a time out of them. */
const leastTime: i64 = -62135596800000000;
const greatestTime: i64 = 253402300799999999;

export const notTime: i32 = 0;
export const dateOnly: i32 = 1;
export const localTime: i32 = 2;
export const instant: i32 = 3;

/** Days since 1970, or microseconds, of the time that was read last. */
export let timeValue: i64 = 0;
/** Behind its closing quote. */
export let timeEnd: usize = 0;

// Records of one batch are mostly of one day.
let knownYearMonth: u64 = 0;
let knownDay: u16 = 0;
let knownDays: i32 = 0;

function isDigit(c: u32): bool {
  return c - 0x30 <= 9;
}

/** Two digits as a number; what is none is beyond 99. */
function two(p: usize): u32 {
  const tens = <u32>load<u8>(p) - 0x30;
  const ones = <u32>load<u8>(p, 1) - 0x30;
  return tens > 9 || ones > 9 ? 100 : tens * 10 + ones;
}

/** Reads a text of ISO 8601 up to its closing quote; answers what it is. */
export function readTime(p: usize): i32 {
  const head = v128.load(p);
  const digits = i8x16.sub(
    head,
    i8x16(0x30, 0x30, 0x30, 0x30, 0x2d, 0x30, 0x30, 0x2d, 0x30, 0x30, 0, 0x30, 0x30, 0x3a, 0x30, 0x30),
  );
  const fits = i8x16.bitmask(i8x16.le_u(digits, i8x16(9, 9, 9, 9, 0, 9, 9, 0, 9, 9, -1, 9, 9, 0, 9, 9)));
  if ((fits & 0x3ff) != 0x3ff) return notTime;
  const yearMonth = load<u64>(p);
  const day = load<u16>(p, 8);
  if (yearMonth != knownYearMonth || day != knownDay) {
    const days = epochDays(
      <i32>i8x16.extract_lane_u(digits, 0) * 1000 +
        <i32>i8x16.extract_lane_u(digits, 1) * 100 +
        <i32>i8x16.extract_lane_u(digits, 2) * 10 +
        <i32>i8x16.extract_lane_u(digits, 3),
      <i32>i8x16.extract_lane_u(digits, 5) * 10 + <i32>i8x16.extract_lane_u(digits, 6),
      <i32>i8x16.extract_lane_u(digits, 8) * 10 + <i32>i8x16.extract_lane_u(digits, 9),
    );
    if (days == i32.MIN_VALUE) return notTime;
    knownYearMonth = yearMonth;
    knownDay = day;
    knownDays = days;
  }
  const between = load<u8>(p, 10);
  if (between == quote) {
    timeValue = <i64>knownDays;
    timeEnd = p + 11;
    return dateOnly;
  }
  if (fits != 0xffff || ((between | 0x20) != 0x74 && between != 0x20)) return notTime;
  const hour = <i32>i8x16.extract_lane_u(digits, 11) * 10 + <i32>i8x16.extract_lane_u(digits, 12);
  const minute = <i32>i8x16.extract_lane_u(digits, 14) * 10 + <i32>i8x16.extract_lane_u(digits, 15);
  if (hour > 23 || minute > 59) return notTime;
  let seconds = (hour * 60 + minute) * 60;
  let micros: u32 = 0;
  p += 16;
  let c = <u32>load<u8>(p);
  if (c == 0x3a) {
    const second = two(p + 1);
    if (second > 59) return notTime;
    seconds += <i32>second;
    p += 3;
    c = <u32>load<u8>(p);
    if (c == 0x2e) {
      let unit: u32 = 100000;
      c = <u32>load<u8>(++p);
      if (!isDigit(c)) return notTime;
      do {
        // Behind six digits the unit is 0: finer than microseconds.
        if (unit == 0 && c != 0x30) return notTime;
        micros += (c - 0x30) * unit;
        unit /= 10;
        c = <u32>load<u8>(++p);
      } while (isDigit(c));
    }
  }
  let kind = instant;
  if ((c | 0x20) == 0x7a) p++;
  else if (c == 0x2b || c == 0x2d) {
    const hours = two(p + 1);
    let minutes: u32 = 0;
    p += 3;
    const colon: usize = load<u8>(p) == 0x3a ? 1 : 0;
    if (colon || load<u8>(p) != quote) {
      minutes = two(p + colon);
      p += colon + 2;
    }
    if (hours > 18 || minutes > 59) return notTime;
    const offset = <i32>(hours * 60 + minutes) * 60;
    seconds += c == 0x2d ? offset : -offset;
  } else kind = localTime;
  if (load<u8>(p) != quote) return notTime;
  timeValue = (<i64>knownDays * 86400 + <i64>seconds) * microsPerSecond + <i64>micros;
  if (timeValue < leastTime || timeValue > greatestTime) return notTime;
  timeEnd = p + 1;
  return kind;
}

/** Days since 1970 of a day of the Gregorian calendar, years 1 to 9999; the least integer where there is no such day. */
function epochDays(year: i32, month: i32, day: i32): i32 {
  if (year == 0 || month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return i32.MIN_VALUE;
  // Years that begin in March end with the leap day; eras of 400 years are alike.
  const y = month > 2 ? year : year - 1;
  const era = y / 400;
  const yearOfEra = y - era * 400;
  const dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468;
}

function daysOf(year: i32, month: i32): i32 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}
