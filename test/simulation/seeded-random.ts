import { seededRandom } from '../support/seeded-random.ts';

/** Random numbers from a seed, in the shapes that the simulation asks for: the same seed, the same history. */
export class SeededRandom {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seededRandom(seed);
  }

  /** In [0, 1). */
  next(): number {
    return this.#next();
  }

  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('expected something to pick from, got nothing');
    return items[Math.floor(this.next() * items.length)] as T;
  }
}
