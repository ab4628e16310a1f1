import type { Kernel } from '../kernel/kernel.ts';
import { allocateWords, tableSlots } from '../kernel/kernel-arrays.ts';
import type { Dictionary } from '../vector/stored-values.ts';
import { ByteValues, type Slices } from './byte-values.ts';

/** Readers hold a dictionary in memory: longer ones are not made. */
const greatestBytes = 1 << 20;
/** Words of what the kernel knows of a dictionary that grows; see kernel/dictionary.ts. */
const stateWords = 16;
/** Hashes of 256 texts. */
const hashBytes = 1024;
/** A column of which a quarter is known, and so little of that came twice, is better off without. */
const uniquePart = 0.98;
/** Rubbish that the kernel writes behind a text. */
const slackBytes = 16;

/** A dictionary of texts or binary that grows by some values at a time, in their order. */
export class ByteDictionary {
  readonly #kernel: Kernel;
  readonly #values: ByteValues;
  readonly #state: number;
  readonly #slices: Slices;
  readonly #indices: number;
  #taken = 0;
  #entries = 0;

  constructor(kernel: Kernel, values: ByteValues) {
    const { count, plainBytes } = values;
    const maxBytes = Math.min(greatestBytes, plainBytes);
    this.#kernel = kernel;
    this.#values = values;
    this.#state = allocateWords(kernel, stateWords);
    this.#indices = allocateWords(kernel, count);
    this.#slices = {
      starts: allocateWords(kernel, count),
      ends: allocateWords(kernel, count),
      bytes: kernel.allocate(maxBytes + slackBytes),
    };
    const slots = allocateWords(kernel, tableSlots(count));
    const { starts, ends, bytes } = this.#slices;
    const hashes = kernel.allocate(hashBytes);
    const entryHashes = allocateWords(kernel, count);
    kernel.exports.beginDictionary(
      this.#state,
      maxBytes,
      slots,
      starts,
      ends,
      this.#indices,
      bytes,
      hashes,
      entryHashes,
    );
  }

  /** Takes the values up to number `end`. */
  takeUpTo(end: number): void {
    if (this.#entries < 0 || end === this.#taken) return;
    const { bytes, starts, ends, places } = this.#values.from(this.#taken);
    const count = end - this.#taken;
    this.#entries = this.#kernel.exports.growDictionary(this.#state, bytes, starts, ends, places, count);
    this.#taken = end;
    if (end >= this.#values.count / 4 && this.#entries > end * uniquePart) this.#entries = -1;
  }

  /** Nothing where it became too long, or hardly a text comes twice. */
  end(): Dictionary | undefined {
    this.takeUpTo(this.#values.count);
    if (this.#entries < 0) return undefined;
    const entries = new ByteValues(this.#kernel, this.#slices, { places: 0, count: this.#entries });
    return { values: entries, indices: this.#indices, page: this.#slices.bytes };
  }
}
