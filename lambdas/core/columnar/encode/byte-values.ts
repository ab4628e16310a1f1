import type { Kernel } from '../kernel/kernel.ts';
import { allocateWords, wordBytes } from '../kernel/kernel-arrays.ts';
import type { Dictionary, DistinctValues, Extremes, Places } from '../vector/stored-values.ts';
import { ByteDictionary } from './byte-dictionary.ts';
import type { Extent } from './text-dictionaries.ts';

/** Addresses of bytes and of the places in them where values start and end. */
export interface Slices {
  bytes: number;
  starts: number;
  ends: number;
}

/** string and binary. */
export class ByteValues implements DistinctValues {
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
    const { starts, ends, places } = this.from(first);
    return Number(this.#kernel.exports.bytesIn(starts, ends, places, count)) + count * wordBytes;
  }

  writePlain(first: number, count: number, out: number): number {
    const { bytes, starts, ends, places } = this.from(first);
    return this.#kernel.exports.writePlainBytes(bytes, starts, ends, places, count, out);
  }

  /** Bytes are ordered as unsigned numbers. */
  extremes(first: number, count: number): Extremes {
    return this.#extremesOf(this.from(first), count);
  }

  extremesAt(numbers: number, count: number): Extremes {
    return this.#extremesOf({ ...this.#slices, places: numbers }, count);
  }

  #extremesOf({ bytes, starts, ends, places }: Slices & { places: number }, count: number): Extremes {
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

  /** Memory from where value number `first` starts to where number `end - 1` ends. */
  extent(first: number, end: number): Extent {
    const { view } = this.#kernel;
    const rowOf = (value: number) =>
      this.#places === 0 ? value : view.getInt32(this.#places + value * wordBytes, true);
    const { bytes, starts, ends } = this.#slices;
    return {
      start: bytes + view.getInt32(starts + rowOf(first) * wordBytes, true),
      end: bytes + view.getInt32(ends + rowOf(end - 1) * wordBytes, true),
    };
  }

  dictionary(): Dictionary | undefined {
    return new ByteDictionary(this.#kernel, this).end();
  }

  addToFilter(filter: number, blocks: number): void {
    const { bytes, starts, ends, places } = this.from(0);
    this.#kernel.exports.insertBytes(bytes, starts, ends, places, this.count, filter, blocks);
  }

  /** Where the values from number `first` on are. */
  from(first: number): Slices & { places: number } {
    const skipped = first * wordBytes;
    if (this.#places !== 0) return { ...this.#slices, places: this.#places + skipped };
    const { bytes, starts, ends } = this.#slices;
    return { bytes, starts: starts + skipped, ends: ends + skipped, places: 0 };
  }
}
