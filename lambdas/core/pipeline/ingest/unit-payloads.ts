import type { Decoded, PayloadDecoder } from '#formats/payload-decoder.ts';
import type { SourceRecord } from './source-record.ts';

export interface PayloadUse {
  /** Whether the scanner reads them, and leaves few to the decoder. */
  areScannable: boolean;
  /** Whether what they are decoded to is kept, since each is asked for more than once. */
  areKept: boolean;
}

/** Packed payloads whose schemas are asked for together: each is opened for that too. */
const preparedAtOnce = 64;

const valuesOf = (records: readonly SourceRecord[]): Uint8Array[] =>
  records.map(({ value }) => value).filter((value) => value !== undefined);

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

  /**
   * Loads what decoding these takes. Where they lie in envelopes, decodes them until more than `maxOpenedBytes` came out.
   *
   * @returns how many records there is memory for; one at least.
   * @throws {RegistryUnreachable}
   */
  async prepare(records: readonly SourceRecord[], maxOpenedBytes: number): Promise<number> {
    if (this.#decoder.openedBytes === undefined) {
      await this.#decoder.prepare(valuesOf(records));
      return records.length;
    }
    const before = this.#decoder.openedBytes;
    for (let first = 0; first < records.length; first += preparedAtOnce) {
      const some = records.slice(first, first + preparedAtOnce);
      await this.#decoder.prepare(valuesOf(some));
      for (const [index, record] of some.entries()) {
        if (this.#decoder.openedBytes - before > maxOpenedBytes) return Math.max(1, first + index - 1);
        this.of(record);
      }
    }
    return records.length;
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
