import type { PayloadDecoder } from '#formats/payload-decoder.ts';
import type { Position } from '../ledger/position.ts';
import { type SourceRecord, sourcePartitionOf } from './source-record.ts';

/** A batch as it is taken apart. */
export interface SplitBatch {
  records: readonly SourceRecord[];
  /** Those behind, which would make it more than memory is for: they are to be delivered again. */
  left: readonly SourceRecord[];
}

/** What one batch is taken apart into, at most, and one payload more. */
export const partLimits = { parts: 100_000, bytes: 128 * 1024 * 1024 } as const;

/**
 * Records whose payloads hold many, such as Avro container files, as a record for each: at `<position>.0`, `<position>.1` and so on,
 * so that each becomes a row or a dead letter of its own. Those of one KPL aggregate are counted on from one to the next. Read
 * again, a batch gives the same records at the same positions.
 */
export function splitBatch(
  delivered: readonly SourceRecord[],
  { split }: Pick<PayloadDecoder, 'split'>,
  limits: { parts: number; bytes: number } = partLimits,
): SplitBatch {
  if (split === undefined) return { records: delivered, left: [] };
  const records: SourceRecord[] = [];
  let place = '';
  let next = 0;
  let parts = 0;
  let bytes = 0;
  for (const [index, record] of delivered.entries()) {
    const [sequence = '', sub] = record.position.split('.');
    const here = `${sourcePartitionOf(record)}#${sequence}`;
    if (here !== place) {
      // An aggregate is delivered again as a whole: what is left begins with the first of one.
      if (parts >= limits.parts || bytes >= limits.bytes) return { records, left: delivered.slice(index) };
      next = 0;
    }
    place = here;
    const { value } = record;
    const found = value && split(value);
    if (found !== undefined) {
      for (const part of found) {
        records.push(new RecordPart(record, `${sequence}.${next++}`, part));
        bytes += part.length;
      }
      parts += found.length;
    } else if (sub === undefined || sub === String(next)) {
      records.push(record);
      next++;
    } else records.push(new RecordPart(record, `${sequence}.${next++}`, value));
  }
  return { records, left: [] };
}

/** As `splitBatch`, however many they become. */
export const splitRecords = (
  records: readonly SourceRecord[],
  decoder: Pick<PayloadDecoder, 'split'>,
): readonly SourceRecord[] =>
  splitBatch(records, decoder, { parts: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY }).records;

/** A record out of another one's payload; everything else is the whole one's. */
class RecordPart implements SourceRecord {
  readonly position: Position;
  readonly value: Uint8Array | undefined;
  readonly #whole: SourceRecord;

  constructor(whole: SourceRecord, position: Position, value: Uint8Array | undefined) {
    this.#whole = whole;
    this.position = position;
    this.value = value;
  }

  get source(): string {
    return this.#whole.source;
  }

  get partition(): string {
    return this.#whole.partition;
  }

  get timestampMs(): number {
    return this.#whole.timestampMs;
  }

  get key(): Uint8Array | undefined {
    return this.#whole.key;
  }

  get headers(): SourceRecord['headers'] {
    return this.#whole.headers;
  }

  get timestampType(): SourceRecord['timestampType'] {
    return this.#whole.timestampType;
  }

  get stream(): string {
    return this.#whole.stream ?? '';
  }
}
