import type { Kernel } from '../kernel/kernel.ts';
import { allocateWords, tableSlots, wordBytes } from '../kernel/kernel-arrays.ts';
import type { Dictionary, DistinctValues, Extremes, Places } from '../vector/stored-values.ts';

/** Numbers of 1, 2, 4 or 8 bytes each. */
export interface NumberArray {
  address: number;
  width: number;
  isFloat: boolean;
}

/** A dictionary has at most so many values, that its numbers stay short and its table in the processor's caches. */
const greatestDictionary = 1 << 17;

/** More distinct values take as much room as all of them do. */
const greatestPart = 0.75;

/** All numbers but wide decimals. Those of 1 and 2 bytes are stored as 4. */
export class FixedValues implements DistinctValues {
  readonly count: number;
  readonly #kernel: Kernel;
  readonly #numbers: NumberArray;
  readonly #places: number;
  readonly #storedWidth: number;
  #stored: number | undefined;

  constructor(kernel: Kernel, numbers: NumberArray, { places, count }: Places) {
    this.#kernel = kernel;
    this.#numbers = numbers;
    this.#places = places;
    this.count = count;
    this.#storedWidth = Math.max(numbers.width, 4);
  }

  get plainBytes(): number {
    return this.count * this.#storedWidth;
  }

  plainBytesOf(_first: number, count: number): number {
    return count * this.#storedWidth;
  }

  /** Address of the values as they are stored, one after another. */
  #storedAt(): number {
    if (this.#stored === undefined) {
      const { address, width } = this.#numbers;
      if (this.#places === 0 && width >= 4) this.#stored = address;
      else {
        this.#stored = this.#kernel.allocate(this.plainBytes);
        this.#kernel.exports.gatherFixed(address, width, this.#places, this.count, this.#stored);
      }
    }
    return this.#stored;
  }

  writePlain(first: number, count: number, out: number): number {
    const start = this.#storedAt() + first * this.#storedWidth;
    const bytes = count * this.#storedWidth;
    this.#kernel.bytes.copyWithin(out, start, start + bytes);
    return bytes;
  }

  /** NaN has no place in an order that all readers share. */
  extremes(first: number, count: number): Extremes | undefined {
    const { address, width } = this.#numbers;
    const values = this.#places === 0 ? address + first * width : address;
    return this.#extremesOf(values, this.#places === 0 ? 0 : this.#places + first * wordBytes, count);
  }

  extremesAt(numbers: number, count: number): Extremes | undefined {
    return this.#extremesOf(this.#numbers.address, numbers, count);
  }

  #extremesOf(values: number, places: number, count: number): Extremes | undefined {
    const { width, isFloat } = this.#numbers;
    const mark = this.#kernel.mark();
    const out = this.#kernel.allocate(16);
    const { exports, view } = this.#kernel;
    try {
      if (isFloat) {
        if (exports.extremesOfFloats(values, width, places, count, out) < count) return undefined;
        return { least: view.getFloat64(out, true), greatest: view.getFloat64(out + 8, true) };
      }
      exports.extremesOfIntegers(values, width, places, count, out);
      const least = view.getBigInt64(out, true);
      const greatest = view.getBigInt64(out + 8, true);
      return width === 8 ? { least, greatest } : { least: Number(least), greatest: Number(greatest) };
    } finally {
      this.#kernel.release(mark);
    }
  }

  dictionary(): Dictionary | undefined {
    const { count } = this;
    const width = this.#storedWidth;
    const values = this.#storedAt();
    const { exports } = this.#kernel;
    const maxEntries = Math.min(greatestDictionary, Math.ceil(count * greatestPart));
    const indices = allocateWords(this.#kernel, count);
    const distinct = this.#kernel.allocate(maxEntries * width);
    const mark = this.#kernel.mark();
    const slots = allocateWords(this.#kernel, tableSlots(maxEntries));
    const fill = width === 4 ? exports.dictionaryOf32 : exports.dictionaryOf64;
    const entries = fill(values, count, slots, maxEntries, distinct, indices);
    this.#kernel.release(mark);
    if (entries < 0) return undefined;
    const numbers = { address: distinct, width, isFloat: this.#numbers.isFloat };
    const distinctValues = new FixedValues(this.#kernel, numbers, { places: 0, count: entries });
    return { values: distinctValues, indices, page: distinct };
  }

  /** A zero is found by both of its signs: readers who ask for one mean the other too. */
  addToFilter(filter: number, blocks: number): void {
    const kernel = this.#kernel;
    const width = this.#storedWidth;
    const stored = this.#storedAt();
    kernel.exports.insertFixed(stored, width, this.count, filter, blocks);
    if (!this.#numbers.isFloat) return;
    if (!floatsAt(kernel, stored, width, this.count).includes(0)) return;
    const mark = kernel.mark();
    const zeros = kernel.allocate(2 * width);
    floatsAt(kernel, zeros, width, 2).set([0, -0]);
    kernel.exports.insertFixed(zeros, width, 2, filter, blocks);
    kernel.release(mark);
  }
}

const floatsAt = ({ bytes: { buffer } }: Kernel, address: number, width: number, count: number) =>
  width === 4 ? new Float32Array(buffer, address, count) : new Float64Array(buffer, address, count);
