import type { Kernel } from '../kernel/kernel.ts';
import { wordBytes } from '../kernel/kernel-arrays.ts';
import type { Dictionary, Extremes, LeafValues, Places } from '../vector/stored-values.ts';

/** boolean. */
export class BitValues implements LeafValues {
  readonly count: number;
  readonly #kernel: Kernel;
  readonly #bits: number;
  readonly #places: number;

  /** `bits`: address of a bitmap. */
  constructor(kernel: Kernel, bits: number, { places, count }: Places) {
    this.#kernel = kernel;
    this.#bits = bits;
    this.#places = places;
    this.count = count;
  }

  get plainBytes(): number {
    return (this.count + 7) >> 3;
  }

  plainBytesOf(_first: number, count: number): number {
    return (count + 7) >> 3;
  }

  writePlain(first: number, count: number, out: number): number {
    const { exports } = this.#kernel;
    if (this.#places === 0) exports.copyBits(this.#bits, first, count, out);
    else exports.gatherBits(this.#bits, this.#places + first * wordBytes, count, out);
    return (count + 7) >> 3;
  }

  extremes(first: number, count: number): Extremes {
    const mark = this.#kernel.mark();
    const plain = this.#kernel.allocate((count + 7) >> 3);
    this.writePlain(first, count, plain);
    const trues = this.#kernel.exports.countBits(plain, 0, count);
    this.#kernel.release(mark);
    return { least: trues === count, greatest: trues > 0 };
  }

  dictionary(): Dictionary | undefined {
    return undefined;
  }

  /** Of two values a filter tells nothing. */
  addToFilter(): void {}
}
