import type { Decoded, PayloadDecoder } from '#formats/payload-decoder.ts';
import type { SourceRecord } from './source-record.ts';

export interface PayloadUse {
  /** Whether the scanner reads them, and leaves few to the decoder. */
  areScannable: boolean;
  /** Whether what they are decoded to is kept, since each is asked for more than once. */
  areKept: boolean;
}

/** The payloads of one unit, decoded. */
export class UnitPayloads {
  readonly areScannable: boolean;
  readonly #decoder: PayloadDecoder;
  readonly #kept: Map<SourceRecord, Decoded> | undefined;

  constructor(decoder: PayloadDecoder, { areScannable, areKept }: PayloadUse) {
    this.areScannable = areScannable;
    this.#decoder = decoder;
    this.#kept = areKept ? new Map() : undefined;
  }

  /** Loads what decoding these takes. @throws {RegistryUnreachable} */
  prepare(records: readonly SourceRecord[]): Promise<void> {
    return this.#decoder.prepare(records.map(({ value }) => value).filter((value) => value !== undefined));
  }

  /** Nothing: a tombstone. */
  of(record: SourceRecord): Decoded | undefined {
    const known = this.#kept?.get(record);
    if (known !== undefined) return known;
    const { value } = record;
    if (value === undefined) return undefined;
    const decoded = this.#decoder.decode(value);
    this.#kept?.set(record, decoded);
    return decoded;
  }
}
