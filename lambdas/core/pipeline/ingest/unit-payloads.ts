import { decodeJson } from '#formats/json.ts';
import type { Decoded } from '#formats/payload-decoder.ts';
import type { SourceRecord } from './source-record.ts';

/** The payloads of one unit, decoded. */
export class UnitPayloads {
  /** Nothing where payloads are decoded anew each time: where few are, since the scanner reads them. */
  readonly #decoded: Map<SourceRecord, Decoded> | undefined;

  constructor(remembers: boolean) {
    this.#decoded = remembers ? new Map() : undefined;
  }

  /** Nothing: a tombstone. */
  of(record: SourceRecord): Decoded | undefined {
    const known = this.#decoded?.get(record);
    if (known !== undefined) return known;
    const { value } = record;
    const decoded = value === undefined ? undefined : decodeJson(value);
    if (decoded !== undefined) this.#decoded?.set(record, decoded);
    return decoded;
  }
}
