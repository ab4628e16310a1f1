/** Least and greatest power of ten that a double may need: others are zero or beyond all doubles. */
const leastPower: i32 = -342;
const greatestPower: i32 = 308;
const mantissaBits: i32 = 52;
const exponentBias: i32 = 1023;

/** 128 bits of 5^n for each power: the high word first. 0 until the host has brought them. */
let powersOfFive: usize = 0;

let productLow: u64 = 0;

export function usePowersOfFive(address: usize): void {
  powersOfFive = address;
}

export function hasPowersOfFive(): bool {
  return powersOfFive != 0;
}

/** The high word of a product; the low one is `productLow`. */
function multiply(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const low = aLow * bLow;
  const middle = aHigh * bLow + (low >> 32);
  const other = aLow * bHigh + (middle & 0xffffffff);
  productLow = (other << 32) | (low & 0xffffffff);
  return aHigh * bHigh + (middle >> 32) + (other >> 32);
}

/**
 * The double nearest to `digits` × 10^`power`, `digits` not 0, by the algorithm of Eisel and Lemire (Number Parsing at a Gigabyte per
 * Second, section 6). NaN where that cannot tell, and for what is no normal double.
 */
export function nearestDouble(digits: u64, power: i32): f64 {
  if (power < leastPower || power > greatestPower) return NaN;
  const zeroes = <i32>clz<u64>(digits);
  const normal = digits << (<u64>zeroes);
  const five = powersOfFive + ((<usize>(power - leastPower)) << 4);
  let high = multiply(normal, load<u64>(five));
  let low = productLow;
  // 55 bits decide, and whether to round up; the rest may carry into them.
  if ((high & 0x1ff) == 0x1ff) {
    const carried = multiply(normal, load<u64>(five, 8));
    low += carried;
    if (carried > low) high++;
    if (low == u64.MAX_VALUE && (power < -27 || power > 55)) return NaN;
  }
  const upper = <i32>(high >> 63);
  const shift = <u64>(upper + 64 - mantissaBits - 3);
  let mantissa = high >> shift;
  let exponent = ((217706 * power) >> 16) + 63 + upper - zeroes + exponentBias;
  if (exponent <= 0) return NaN;
  // Half way between two doubles: to the even one.
  if (low <= 1 && power >= -4 && power <= 23 && (mantissa & 3) == 1 && mantissa << shift == high) mantissa &= ~1;
  mantissa = (mantissa + (mantissa & 1)) >> 1;
  if (mantissa >= (<u64>2) << mantissaBits) {
    mantissa = (<u64>1) << mantissaBits;
    exponent++;
  }
  if (exponent >= 2 * exponentBias + 1) return NaN;
  return reinterpret<f64>((mantissa & ~((<u64>1) << mantissaBits)) | ((<u64>exponent) << mantissaBits));
}
