import type { PayloadDecoder } from '#formats/payload-decoder.ts';
import type { Position } from '../ledger/position.ts';
import { type SourceRecord, sourcePartitionOf } from './source-record.ts';

/**
 * Records whose payloads hold many, such as Avro container files, as a record for each: at `<position>.0`, `<position>.1` and so on,
 * so that each becomes a row or a dead letter of its own. Those of one KPL aggregate are counted on from one to the next. Read
 * again, a batch gives the same records at the same positions.
 */
export function splitRecords(
  records: readonly SourceRecord[],
  { split }: Pick<PayloadDecoder, 'split'>,
): readonly SourceRecord[] {
  if (split === undefined) return records;
  const all: SourceRecord[] = [];
  let place = '';
  let next = 0;
  for (const record of records) {
    const [sequence = '', sub] = record.position.split('.');
    const here = `${sourcePartitionOf(record)}#${sequence}`;
    if (here !== place) next = 0;
    place = here;
    const { value } = record;
    const parts = value && split(value);
    if (parts !== undefined) for (const part of parts) all.push(new RecordPart(record, `${sequence}.${next++}`, part));
    else if (sub === undefined || sub === String(next)) next = all.push(record) && next + 1;
    else all.push(new RecordPart(record, `${sequence}.${next++}`, value));
  }
  return all;
}

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
