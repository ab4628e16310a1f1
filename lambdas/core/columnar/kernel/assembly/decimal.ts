import { powerOfTen } from './number';

const digitsPerWord: i32 = 19;

/**
 * Writes the number with the digits from `first` up to `end` (a point among them) times 10^`power` as 128 bits. Answers whether that
 * is an integer of at most `precision` digits, which are 38 at most.
 */
export function writeWideDecimal(
  first: usize,
  end: usize,
  power: i32,
  isNegative: bool,
  precision: i32,
  out: usize,
): bool {
  let rest = power;
  while (rest < 0) {
    // Digits behind the last that counts have to be zeroes.
    if (end == first) return false;
    const c = load<u8>(end - 1);
    if (c == 0x2e) {
      end--;
      continue;
    }
    if (c != 0x30) return isZero(first, end) ? writeZero(out) : false;
    end--;
    rest++;
    if (isZero(first, end)) return writeZero(out);
  }
  let head: u64 = 0;
  let tail: u64 = 0;
  let count: i32 = 0;
  for (let p = first; p < end; p++) {
    const digit = <u64>load<u8>(p) - 0x30;
    if (digit > 9 || (digit == 0 && count == 0)) continue;
    if (count < digitsPerWord) head = head * 10 + digit;
    else tail = tail * 10 + digit;
    if (++count > precision) return false;
  }
  if (count == 0) return writeZero(out);
  if (rest > precision - count) return false;
  for (; rest > 0; rest--, count++) {
    if (count < digitsPerWord) head *= 10;
    else tail *= 10;
  }
  let low = head;
  let high: u64 = 0;
  if (count > digitsPerWord) {
    const factor = powerOfTen(count - digitsPerWord);
    high = highProduct(head, factor);
    low = head * factor;
    const sum = low + tail;
    if (sum < low) high++;
    low = sum;
  }
  if (isNegative) {
    low = ~low + 1;
    high = ~high + <u64>(low == 0);
  }
  store<u64>(out, low);
  store<u64>(out, high, 8);
  return true;
}

function writeZero(out: usize): bool {
  store<u64>(out, 0);
  store<u64>(out, 0, 8);
  return true;
}

/** Whether there is no digit but zeroes. */
function isZero(first: usize, end: usize): bool {
  for (let p = first; p < end; p++) {
    const c = load<u8>(p);
    if (c != 0x30 && c != 0x2e) return false;
  }
  return true;
}

function highProduct(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const middle = aHigh * bLow + ((aLow * bLow) >> 32);
  const other = aLow * bHigh + (middle & 0xffffffff);
  return aHigh * bHigh + (middle >> 32) + (other >> 32);
}
