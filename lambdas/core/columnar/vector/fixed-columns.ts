import type { Bounds, ColumnValue } from './column.ts';
import { ColumnBase } from './column-base.ts';
import { decimalText } from './decimal-text.ts';
import { grown, Validity } from './validity.ts';
import type { Vector } from './vector.ts';

type NumberArray = Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** byte, short, integer, date, float and double. */
export class NumberColumn extends ColumnBase {
  readonly #print: (value: number) => string | undefined;
  #values: NumberArray;
  #min = Number.NaN;
  #max = Number.NaN;
  #hasNaN = false;

  /** `print` answers nothing for a value that statistics have no text for. */
  constructor(values: NumberArray, print: (value: number) => string | undefined) {
    super();
    this.#values = values;
    this.#print = print;
  }

  override append(value: ColumnValue): void {
    const index = this.validity.length;
    if (index === this.#values.length) this.#values = grown(this.#values, index * 2);
    this.validity.append(value !== null);
    if (value === null) return;
    this.#values[index] = value as number;
    const stored = this.#values[index] as number;
    if (Number.isNaN(stored)) this.#hasNaN = true;
    else {
      if (!(stored >= this.#min) || (stored === this.#min && Object.is(stored, -0))) this.#min = stored;
      if (!(stored <= this.#max) || (stored === this.#max && Object.is(this.#max, -0))) this.#max = stored;
    }
  }

  override vector(): Vector {
    return { ...this.presence(), kind: 'fixed', values: this.#values.subarray(0, this.length) };
  }

  override bounds(): Bounds | undefined {
    if (this.#hasNaN || Number.isNaN(this.#min)) return undefined;
    const min = this.#print(this.#min);
    const max = this.#print(this.#max);
    return min === undefined || max === undefined ? undefined : { min, max };
  }
}

/** Doubles as JSON numbers, infinities as the strings that Delta's readers take, with the sign of zero kept. */
export function printFloat(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '"Infinity"' : '"-Infinity"';
  if (Object.is(value, -0)) return '-0.0';
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? `${value}.0` : String(value);
}

export const printDate = (days: number): string => `"${new Date(days * 86_400_000).toISOString().slice(0, 10)}"`;

/** Dates of years 0001 to 9999: others have no text that every reader knows. */
export const printDateBound = (days: number): string | undefined =>
  days < leastDays || days > greatestDays ? undefined : printDate(days);

const leastDays = -719_162;
const greatestDays = 2_932_896;

/** long, timestamp and timestamp_ntz. */
export class Int64Column extends ColumnBase {
  readonly #print: (value: bigint) => string | undefined;
  #values = new BigInt64Array(1024);
  #min: bigint | undefined;
  #max: bigint | undefined;

  /** `print` answers nothing for a value that statistics have no text for. */
  constructor(print: (value: bigint) => string | undefined) {
    super();
    this.#print = print;
  }

  override append(value: ColumnValue): void {
    const index = this.validity.length;
    if (index === this.#values.length) this.#values = grown(this.#values, index * 2);
    this.validity.append(value !== null);
    if (value === null) return;
    const whole = value as bigint;
    this.#values[index] = whole;
    if (this.#min === undefined || whole < this.#min) this.#min = whole;
    if (this.#max === undefined || whole > this.#max) this.#max = whole;
  }

  override vector(): Vector {
    return { ...this.presence(), kind: 'fixed', values: this.#values.subarray(0, this.length) };
  }

  override bounds(): Bounds | undefined {
    if (this.#min === undefined || this.#max === undefined) return undefined;
    const min = this.#print(this.#min);
    const max = this.#print(this.#max);
    return min === undefined || max === undefined ? undefined : { min, max };
  }
}

/** Years 0001 to 9999: others have no text that every reader knows. */
const leastMicros = -62_135_596_800_000_000n;
const greatestMicros = 253_402_300_799_999_999n;

/** Both bounds floored to milliseconds, as Delta asks: readers add one millisecond to the greatest. */
export function printTimestamp(micros: bigint, suffix: '' | 'Z'): string | undefined {
  if (micros < leastMicros || micros > greatestMicros) return undefined;
  const floored = Number(micros >= 0n ? micros / 1000n : -((999n - micros) / 1000n));
  return `"${new Date(floored).toISOString().slice(0, -1)}${suffix}"`;
}

/** decimal(p,s) as 128-bit integers. */
export class DecimalColumn extends ColumnBase {
  readonly #scale: number;
  #words = new BigInt64Array(1024);
  #min: bigint | undefined;
  #max: bigint | undefined;

  constructor(scale: number) {
    super();
    this.#scale = scale;
  }

  override append(value: ColumnValue): void {
    const word = this.validity.length * 2;
    if (word === this.#words.length) this.#words = grown(this.#words, word * 2);
    this.validity.append(value !== null);
    if (value === null) return;
    const unscaled = value as bigint;
    this.#words[word] = BigInt.asIntN(64, unscaled);
    this.#words[word + 1] = BigInt.asIntN(64, unscaled >> 64n);
    if (this.#min === undefined || unscaled < this.#min) this.#min = unscaled;
    if (this.#max === undefined || unscaled > this.#max) this.#max = unscaled;
  }

  override vector(): Vector {
    return { ...this.presence(), kind: 'decimal', words: this.#words.subarray(0, this.length * 2) };
  }

  override bounds(): Bounds | undefined {
    if (this.#min === undefined || this.#max === undefined) return undefined;
    return { min: decimalText(this.#min, this.#scale), max: decimalText(this.#max, this.#scale) };
  }
}

/** boolean: no bounds in Delta. */
export class BooleanColumn extends ColumnBase {
  readonly #values = new Validity();

  override append(value: ColumnValue): void {
    this.validity.append(value !== null);
    this.#values.append(value === true);
  }

  override vector(): Vector {
    const allTrue = new Uint8Array((this.length + 7) >> 3).fill(0xff);
    return { ...this.presence(), kind: 'bits', values: this.#values.bitmap() ?? allTrue };
  }
}
