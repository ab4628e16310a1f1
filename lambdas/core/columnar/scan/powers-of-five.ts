/** Powers of ten that doubles need; kernel/double.ts has the same. */
const leastPower = -342;
const greatestPower = 308;
const bits = 128;
/** Reciprocals of greater powers have more bits, and what is more is cut off. */
const mostExactReciprocals = 27;

let words: BigUint64Array | undefined;

/**
 * The first 128 bits of 5^n for each power of ten, the high word first; reciprocals are rounded up, all else is cut off (Lemire,
 * Number Parsing at a Gigabyte per Second, section 5). Made when first asked for.
 */
export function powersOfFive(): BigUint64Array {
  if (words !== undefined) return words;
  words = new BigUint64Array((greatestPower - leastPower + 1) * 2);
  let five = 1n;
  for (let power = 0; power <= -leastPower; power++, five *= 5n) {
    const length = Math.floor(power * Math.log2(5)) + 1;
    if (power <= greatestPower) write(words, power, leading(five, length));
    if (power === 0) continue;
    const shift = power <= mostExactReciprocals ? length + bits - 1 : 2 * length + bits;
    write(words, -power, leading((1n << BigInt(shift)) / five + 1n, shift - length + 1));
  }
  return words;
}

function write(into: BigUint64Array, power: number, value: bigint): void {
  const index = (power - leastPower) * 2;
  into[index] = value >> 64n;
  into[index + 1] = BigInt.asUintN(64, value);
}

/** The first bits of an integer of `length` bits: zeroes behind it where those are fewer. */
function leading(value: bigint, length: number): bigint {
  const excess = BigInt(length - bits);
  return excess >= 0n ? value >> excess : value << -excess;
}
