import type { Kernel } from './kernel.ts';
import { allocateWords, wordBytes } from './kernel-arrays.ts';
import type { Dictionary, Extremes, LeafValues, Places } from './stored-values.ts';

/** Addresses of bytes and of the places in them where values start and end. */
export interface Slices {
  bytes: number;
  starts: number;
  ends: number;
}

/** Readers hold a dictionary in memory: longer ones are not made. */
const greatestDictionaryBytes = 1 << 20;

/** string and binary. */
export class ByteValues implements LeafValues {
  readonly count: number;
  readonly plainBytes: number;
  readonly #kernel: Kernel;
  readonly #slices: Slices;
  readonly #places: number;

  constructor(kernel: Kernel, slices: Slices, { places, count }: Places) {
    this.#kernel = kernel;
    this.#slices = slices;
    this.#places = places;
    this.count = count;
    this.plainBytes = this.plainBytesOf(0, count);
  }

  plainBytesOf(first: number, count: number): number {
    const { starts, ends, places } = this.#from(first);
    return Number(this.#kernel.exports.bytesIn(starts, ends, places, count)) + count * wordBytes;
  }

  writePlain(first: number, count: number, out: number): number {
    const { bytes, starts, ends, places } = this.#from(first);
    return this.#kernel.exports.writePlainBytes(bytes, starts, ends, places, count, out);
  }

  /** Bytes are ordered as unsigned numbers. */
  extremes(first: number, count: number): Extremes {
    const { bytes, starts, ends, places } = this.#from(first);
    const mark = this.#kernel.mark();
    const out = allocateWords(this.#kernel, 2);
    this.#kernel.exports.extremesOfBytes(bytes, starts, ends, places, count, out);
    const { view, bytes: memory } = this.#kernel;
    const valueAt = (place: number): Uint8Array => {
      const row = view.getInt32(place, true) * wordBytes;
      return new Uint8Array(
        memory.subarray(bytes + view.getInt32(starts + row, true), bytes + view.getInt32(ends + row, true)),
      );
    };
    const extremes = { least: valueAt(out), greatest: valueAt(out + wordBytes) };
    this.#kernel.release(mark);
    return extremes;
  }

  dictionary(): Dictionary | undefined {
    const { count } = this;
    const { bytes, starts, ends } = this.#slices;
    const indices = allocateWords(this.#kernel, count);
    const entryStarts = allocateWords(this.#kernel, count);
    const entryEnds = allocateWords(this.#kernel, count);
    const mark = this.#kernel.mark();
    const entries = this.#kernel.exports.dictionaryOfBytes(
      bytes,
      starts,
      ends,
      this.#places,
      count,
      this.#kernel.allocate(tableSlots(count) * 8),
      this.#kernel.allocate(count * 8),
      Math.min(greatestDictionaryBytes, this.plainBytes),
      entryStarts,
      entryEnds,
      indices,
    );
    this.#kernel.release(mark);
    if (entries < 0) return undefined;
    const slices = { bytes, starts: entryStarts, ends: entryEnds };
    return { values: new ByteValues(this.#kernel, slices, { places: 0, count: entries }), indices };
  }

  addToFilter(filter: number, blocks: number): void {
    const { bytes, starts, ends, places } = this.#from(0);
    this.#kernel.exports.insertBytes(bytes, starts, ends, places, this.count, filter, blocks);
  }

  #from(first: number): Slices & { places: number } {
    const skipped = first * wordBytes;
    if (this.#places !== 0) return { ...this.#slices, places: this.#places + skipped };
    const { bytes, starts, ends } = this.#slices;
    return { bytes, starts: starts + skipped, ends: ends + skipped, places: 0 };
  }
}

/** Slots of a hash table for so many entries, as the kernel grows it: fourfold from 1024, half of them free. */
export function tableSlots(entries: number): number {
  let slots = 1024;
  while (slots < entries * 2) slots *= 4;
  return slots;
}
