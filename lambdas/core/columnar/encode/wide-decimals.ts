import type { Kernel } from '../kernel/kernel.ts';
import { allocateWords, wordBytes } from '../kernel/kernel-arrays.ts';
import type { Dictionary, DistinctValues, Extremes, Places } from '../vector/stored-values.ts';
import { ByteDictionary } from './byte-dictionary.ts';
import { ByteValues } from './byte-values.ts';

const numberBytes = 16;

/** decimal of more than 18 digits: 128-bit numbers, the low word first, stored as their low `width` bytes, the highest first. */
export class WideDecimals implements DistinctValues {
  readonly count: number;
  readonly #kernel: Kernel;
  readonly #words: number;
  readonly #width: number;
  readonly #places: number;

  constructor(kernel: Kernel, words: number, width: number, { places, count }: Places) {
    this.#kernel = kernel;
    this.#words = words;
    this.#width = width;
    this.#places = places;
    this.count = count;
  }

  get plainBytes(): number {
    return this.count * this.#width;
  }

  plainBytesOf(_first: number, count: number): number {
    return count * this.#width;
  }

  writePlain(first: number, count: number, out: number): number {
    const { words, places } = this.#from(first);
    this.#kernel.exports.gatherDecimals(words, places, count, this.#width, out);
    return count * this.#width;
  }

  extremes(first: number, count: number): Extremes {
    return this.#extremesOf(this.#from(first), count);
  }

  extremesAt(numbers: number, count: number): Extremes {
    return this.#extremesOf({ words: this.#words, places: numbers }, count);
  }

  #extremesOf({ words, places }: { words: number; places: number }, count: number): Extremes {
    const mark = this.#kernel.mark();
    const out = this.#kernel.allocate(2 * numberBytes);
    this.#kernel.exports.extremesOfDecimals(words, places, count, out);
    const { view } = this.#kernel;
    const numberAt = (at: number): bigint => (view.getBigInt64(at + 8, true) << 64n) | view.getBigUint64(at, true);
    const extremes = { least: numberAt(out), greatest: numberAt(out + numberBytes) };
    this.#kernel.release(mark);
    return extremes;
  }

  dictionary(): Dictionary | undefined {
    const { count } = this;
    const { exports } = this.#kernel;
    const starts = allocateWords(this.#kernel, count);
    const ends = allocateWords(this.#kernel, count);
    exports.fillSlices(numberBytes, this.#places, count, starts, ends);
    const bytes = this.#words;
    const slices = new ByteValues(this.#kernel, { bytes, starts, ends }, { places: 0, count });
    const dictionary = new ByteDictionary(this.#kernel, slices).end();
    if (dictionary === undefined) return undefined;
    const entries = dictionary.values.count;
    // Texts of 16 bytes behind their lengths, of which only the numbers are kept.
    const words = this.#kernel.allocate(entries * numberBytes);
    for (let entry = 0; entry < entries; entry++) {
      const from = dictionary.page + entry * (numberBytes + wordBytes) + wordBytes;
      this.#kernel.bytes.copyWithin(words + entry * numberBytes, from, from + numberBytes);
    }
    const values = new WideDecimals(this.#kernel, words, this.#width, { places: 0, count: entries });
    const page = this.#kernel.allocate(values.plainBytes);
    values.writePlain(0, entries, page);
    return { values, indices: dictionary.indices, page };
  }

  addToFilter(filter: number, blocks: number): void {
    const mark = this.#kernel.mark();
    const stored = this.#kernel.allocate(this.plainBytes);
    this.writePlain(0, this.count, stored);
    this.#kernel.exports.insertFixed(stored, this.#width, this.count, filter, blocks);
    this.#kernel.release(mark);
  }

  #from(first: number): { words: number; places: number } {
    return this.#places === 0
      ? { words: this.#words + first * numberBytes, places: 0 }
      : { words: this.#words, places: this.#places + first * wordBytes };
  }
}
