import type { Kernel } from '../kernel/kernel.ts';
import { wordBytes } from '../kernel/kernel-arrays.ts';
import type { Dictionary, LeafValues } from '../vector/stored-values.ts';
import type { Leaf } from './leaf.ts';
import { bitsFor, hybridBound, levelsBound, writeLevels } from './level-encoder.ts';
import type { PageRange } from './page-layout.ts';
import type { PreparedLeaf } from './prepared-leaf.ts';

/** Rubbish that the kernel may write behind what it was asked for. */
const slackBytes = 32;

/** Pages of a leaf without headers, uncompressed, in the kernel's memory. */
export class PageBodies {
  readonly #kernel: Kernel;
  readonly #leaf: Leaf;
  readonly #values: LeafValues;
  readonly #dictionary: Dictionary | undefined;

  constructor(kernel: Kernel, leaf: Leaf, { values, dictionary }: PreparedLeaf) {
    this.#kernel = kernel;
    this.#leaf = leaf;
    this.#values = values;
    this.#dictionary = dictionary;
  }

  /** What the data pages' values take. */
  get valueBytes(): number {
    return this.#dictionary === undefined
      ? this.#values.plainBytes
      : Math.ceil((this.#values.count * this.#bitWidth) / 8);
  }

  get #bitWidth(): number {
    return bitsFor((this.#dictionary as Dictionary).values.count - 1);
  }

  dictionaryPage(): Uint8Array {
    const { values, page } = this.#dictionary as Dictionary;
    return this.#kernel.bytes.subarray(page, page + values.plainBytes);
  }

  dataPage(range: PageRange): Uint8Array {
    const bound = levelsBound(this.#leaf, range) + this.#valuesBound(range) + slackBytes;
    const start = this.#kernel.allocate(bound);
    const levelBytes = writeLevels(this.#kernel, this.#leaf, range, start);
    const end = start + levelBytes + this.#writeValues(range, start + levelBytes);
    return this.#kernel.bytes.subarray(start, end);
  }

  #valuesBound({ firstValue, values }: PageRange): number {
    return this.#dictionary === undefined
      ? this.#values.plainBytesOf(firstValue, values)
      : 1 + hybridBound(values, this.#bitWidth);
  }

  #writeValues({ firstValue, values }: PageRange, out: number): number {
    if (this.#dictionary === undefined) return this.#values.writePlain(firstValue, values, out);
    this.#kernel.bytes[out] = this.#bitWidth;
    const indices = this.#dictionary.indices + firstValue * wordBytes;
    return 1 + this.#kernel.exports.packHybrid(indices, values, this.#bitWidth, out + 1);
  }
}
