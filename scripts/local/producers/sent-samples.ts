import type { ReadSource } from '../sources/source-position.ts';

/** What a source holds of the samples, by their keys: what no longer needs sending. */
export class SentSamples {
  readonly #indexes = new Map<string, Set<number>>();

  static async readFrom(read: ReadSource): Promise<SentSamples> {
    const sent = new SentSamples();
    await read((records) => {
      for (const { key } of records) if (key !== undefined) sent.add(key);
    });
    return sent;
  }

  /** Keys that are no sample's are other producers' and left alone. */
  add(key: string): void {
    const [, set, index] = /^([\w-]+)\/(\d+)$/.exec(key) ?? [];
    if (set === undefined) return;
    const indexes = this.#indexes.get(set);
    if (indexes === undefined) this.#indexes.set(set, new Set([Number(index)]));
    else indexes.add(Number(index));
  }

  sets(): string[] {
    return [...this.#indexes.keys()];
  }

  has(set: string, index: number): boolean {
    return this.#indexes.get(set)?.has(index) ?? false;
  }

  hasKey(key: string): boolean {
    const slash = key.lastIndexOf('/');
    return this.has(key.slice(0, slash), Number(key.slice(slash + 1)));
  }

  /** How many different ones of a set are there. */
  count(set: string): number {
    return this.#indexes.get(set)?.size ?? 0;
  }
}
