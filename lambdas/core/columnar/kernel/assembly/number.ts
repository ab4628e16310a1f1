import { hasPowersOfFive, nearestDouble } from './double';

/** Longer numbers are left to the parser. */
const longestNumber: usize = 400;
/** So many digits fit 64 bits. */
const mostDigits: i32 = 19;

// The number that was read last: mantissa × 10 ^ exponent.
export let negative: bool = false;
export let mantissa: u64 = 0;
export let exponent: i32 = 0;
/** Neither point nor exponent. */
export let isInteger: bool = false;
/** The mantissa has lost digits. */
export let isLong: bool = false;
/** Where its digits are, and what power of ten they are written times. */
export let digitsStart: usize = 0;
export let digitsEnd: usize = 0;
export let writtenPower: i32 = 0;
/** Whether `toDouble` could not tell for want of `usePowersOfFive`. */
export let needsPowers: bool = false;
/** What `toInteger` made of it. */
export let integer: i64 = 0;

const powers: usize = memory.data<u64>([
  1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000, 1000000000000,
  10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000, 1000000000000000000,
  10000000000000000000,
]);
const doublePowers: usize = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]);

/** 10^`power`, of 0 to 19. */
export function powerOfTen(power: i32): u64 {
  return load<u64>(powers + ((<usize>power) << 3));
}

function isDigit(c: u32): bool {
  return c - 0x30 <= 9;
}

/** Reads a number of JSON; answers where it ends, 0 where there is none. */
export function readNumber(p: usize): usize {
  const start = p;
  let c = <u32>load<u8>(p);
  negative = c == 0x2d;
  if (negative) c = <u32>load<u8>(++p);
  let digits = c - 0x30;
  if (digits > 9) return 0;
  let value: u64 = digits;
  const first = p;
  c = <u32>load<u8>(++p);
  if (digits != 0) {
    while (isDigit(c)) {
      value = value * 10 + <u64>(c - 0x30);
      c = <u32>load<u8>(++p);
    }
  }
  let count = <i32>(p - first);
  let power: i32 = 0;
  isInteger = true;
  if (c == 0x2e) {
    isInteger = false;
    const point = ++p;
    c = <u32>load<u8>(p);
    if (!isDigit(c)) return 0;
    do {
      value = value * 10 + <u64>(c - 0x30);
      c = <u32>load<u8>(++p);
    } while (isDigit(c));
    power = -(<i32>(p - point));
    count -= power;
  }
  const end = p;
  if ((c | 0x20) == 0x65) {
    isInteger = false;
    c = <u32>load<u8>(++p);
    const isDown = c == 0x2d;
    if (isDown || c == 0x2b) c = <u32>load<u8>(++p);
    if (!isDigit(c)) return 0;
    let written: i32 = 0;
    do {
      if (written < 100000) written = written * 10 + <i32>(c - 0x30);
      c = <u32>load<u8>(++p);
    } while (isDigit(c));
    power += isDown ? -written : written;
    if (p - start > longestNumber) return 0;
  }
  mantissa = value;
  digitsStart = first;
  digitsEnd = end;
  writtenPower = power;
  exponent = power;
  isLong = false;
  if (count > mostDigits) {
    if (p - start > longestNumber) return 0;
    readLong(first, end);
  }
  return p;
}

/** Keeps the first digits of a number that has more than fit, unless those are zeroes. */
function readLong(first: usize, end: usize): void {
  let value: u64 = 0;
  let count: i32 = 0;
  let dropped: i32 = 0;
  let isBehindPoint = false;
  for (let p = first; p < end; p++) {
    const digit = <u32>load<u8>(p) - 0x30;
    if (digit > 9) {
      isBehindPoint = true;
      continue;
    }
    if (count < mostDigits) {
      value = value * 10 + <u64>digit;
      if (value != 0) count++;
    } else {
      dropped++;
      if (digit != 0) isLong = true;
    }
  }
  mantissa = value;
  exponent += dropped;
}

/** Reads a text that is a number, `-?\d+(\.\d+)?` and the closing quote; answers where it ends, 0 where it is none. */
export function readQuotedNumber(p: usize): usize {
  const start = p;
  negative = load<u8>(p) == 0x2d;
  if (negative) p++;
  const first = p;
  let c = <u32>load<u8>(p);
  if (!isDigit(c)) return 0;
  let value: u64 = 0;
  do {
    value = value * 10 + <u64>(c - 0x30);
    c = <u32>load<u8>(++p);
  } while (isDigit(c));
  let count = <i32>(p - first);
  exponent = 0;
  if (c == 0x2e) {
    const point = ++p;
    c = <u32>load<u8>(p);
    if (!isDigit(c)) return 0;
    do {
      value = value * 10 + <u64>(c - 0x30);
      c = <u32>load<u8>(++p);
    } while (isDigit(c));
    exponent = -(<i32>(p - point));
    count -= exponent;
  }
  if (c != 0x22) return 0;
  mantissa = value;
  digitsStart = first;
  digitsEnd = p;
  writtenPower = exponent;
  isLong = false;
  if (count > mostDigits) {
    if (p - start > longestNumber) return 0;
    readLong(first, p);
  }
  return p + 1;
}

/** Whether the number times 10 ^ `scale` is an integer from `least` to `greatest`, which is `integer` then. */
export function toInteger(scale: i32, least: i64, greatest: i64): bool {
  let value = mantissa;
  if (isLong) return false;
  const power = exponent + scale;
  if (power != 0 && value != 0) {
    if (power > 0) {
      if (power > mostDigits) return false;
      const factor = load<u64>(powers + ((<usize>power) << 3));
      if (value > u64.MAX_VALUE / factor) return false;
      value *= factor;
    } else {
      if (power < -mostDigits) return false;
      const divisor = load<u64>(powers + ((<usize>-power) << 3));
      const quotient = value / divisor;
      if (quotient * divisor != value) return false;
      value = quotient;
    }
  }
  if (negative) {
    if (value > 0x8000000000000000) return false;
    integer = -(<i64>value);
  } else {
    if (value > 0x7fffffffffffffff) return false;
    integer = <i64>value;
  }
  return integer >= least && integer <= greatest;
}

/** The nearest double; NaN where that is not to be had here, an integer would be rounded, or the number is out of range. */
export function toDouble(): f64 {
  const value = mantissa;
  let double: f64;
  needsPowers = false;
  if (value == 0 && !isLong) double = 0;
  else if (!isLong && value <= 0x20000000000000 && exponent >= -22 && exponent <= 22) {
    double = <f64>value;
    if (exponent < 0) double /= load<f64>(doublePowers + ((<usize>-exponent) << 3));
    else if (exponent > 0) double *= load<f64>(doublePowers + ((<usize>exponent) << 3));
  } else if (isInteger) {
    if (exponent != 0 || value > 0x7fffffffffffffff) return NaN;
    double = <f64>value;
    if (<u64>double != value) return NaN;
  } else {
    if (!hasPowersOfFive()) {
      needsPowers = true;
      return NaN;
    }
    double = nearestDouble(value, exponent);
    // Digits that were dropped do not matter where one more of the last makes no other double.
    if (isLong && nearestDouble(value + 1, exponent) != double) return NaN;
  }
  return negative ? -double : double;
}
