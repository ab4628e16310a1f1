import type { MSKEvent, MSKRecord, SelfManagedKafkaEvent } from 'aws-lambda';
import { decodeBase64 } from '#formats/base64.ts';
import type { Position } from '../ledger/position.ts';
import type { PayloadMemory, PlacedPayload } from './payload-memory.ts';
import { noHeaders, type SourceRecord } from './source-record.ts';

export type KafkaEvent = MSKEvent | SelfManagedKafkaEvent;

/**
 * Records of an event from a Kafka mapping, of every partition in it. A null value is a tombstone. They are taken out of the event:
 * the texts of their values would double what a batch keeps in memory, and all that is left of them would be moved at each collection.
 */
export function readKafkaEvent(
  event: KafkaEvent,
  source: string,
  topic: string,
  payloads: PayloadMemory,
): SourceRecord[] {
  const read: SourceRecord[] = [];
  payloads.expect(Object.values(event.records).reduce((sum, { length }) => sum + length, 0));
  let number: number | undefined;
  let partition = '';
  for (const records of Object.values(event.records)) {
    for (const record of records) {
      if (record.topic !== topic) {
        throw new Error(`source ${source}: expected records of topic ${topic}, got one of topic ${record.topic}`);
      }
      if (record.partition !== number) {
        number = record.partition;
        partition = String(number);
      }
      read.push(new KafkaRecord(source, partition, record, payloads));
    }
    records.length = 0;
  }
  return read;
}

/** Light: an event holds thousands, and key and headers of hardly one are asked for. */
class KafkaRecord implements SourceRecord {
  readonly source: string;
  readonly partition: string;
  readonly position: Position;
  readonly timestampMs: number;
  readonly placed: PlacedPayload | undefined;
  readonly timestampType: SourceRecord['timestampType'];
  readonly #key: string | null | undefined;
  readonly #headers: MSKRecord['headers'] | undefined;

  constructor(source: string, partition: string, record: MSKRecord, payloads: PayloadMemory) {
    this.source = source;
    this.partition = partition;
    this.position = String(record.offset);
    this.timestampMs = Math.max(0, record.timestamp);
    const value: string | null | undefined = record.value;
    this.placed = value === null || value === undefined ? undefined : payloads.place(value);
    this.timestampType = timestampTypeOf(record);
    this.#key = record.key;
    const headers: MSKRecord['headers'] | null | undefined = record.headers;
    this.#headers = headers === null || headers?.length === 0 ? undefined : headers;
  }

  get value(): Uint8Array | undefined {
    return this.placed?.bytes;
  }

  get key(): Uint8Array | undefined {
    const key = this.#key;
    return key === null || key === undefined ? undefined : decodeBase64(key);
  }

  get headers(): SourceRecord['headers'] {
    if (this.#headers === undefined) return noHeaders;
    return this.#headers.flatMap((header) =>
      // A header without a value has been seen as null, and as an empty object.
      Object.entries(header).map(([name, bytes]: [string, unknown]) => ({
        name,
        value: Array.isArray(bytes) ? Uint8Array.from(bytes) : null,
      })),
    );
  }
}

/** One text for all records that have it. */
function timestampTypeOf({ timestampType }: MSKRecord): SourceRecord['timestampType'] {
  if (timestampType === 'CREATE_TIME') return 'CREATE_TIME';
  return timestampType === 'LOG_APPEND_TIME' ? 'LOG_APPEND_TIME' : undefined;
}
