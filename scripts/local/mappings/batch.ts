import { maxPayloadBytes } from '../functions/invocation.ts';
import type { Entry } from './entry.ts';

/** A batch in the making: closed by count, by the size of the whole event, or by its window. */
export class Batch<Record> {
  readonly entries: Entry<Record>[] = [];
  readonly #maxRecords: number;
  #bytes: number;

  /** `envelopeBytes`: what the event holds besides its records. */
  constructor(maxRecords: number, envelopeBytes: number) {
    this.#maxRecords = maxRecords;
    this.#bytes = envelopeBytes;
  }

  /** Whether the event with the record, comma included, keeps within count and 6 MB. */
  fits(entry: Entry<Record>): boolean {
    return this.entries.length < this.#maxRecords && this.#bytes + entry.bytes + 1 <= maxPayloadBytes;
  }

  add(entry: Entry<Record>): void {
    this.entries.push(entry);
    this.#bytes += entry.bytes + 1;
  }

  get full(): boolean {
    return this.entries.length >= this.#maxRecords;
  }
}
