import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { deaggregate, isAggregate, type UserRecord } from '#formats/kpl.ts';
import type { Position } from '../ledger/position.ts';
import type { PayloadMemory, PlacedPayload } from './payload-memory.ts';
import { noHeaders, type SourceRecord } from './source-record.ts';

const utf8 = new TextEncoder();

/**
 * Records of an event from a Kinesis mapping; those that the KPL aggregated have positions `<sequence>.<index>`. Payloads are taken
 * out of the event: their texts would double what a batch keeps in memory.
 */
export function readKinesisEvent(event: KinesisStreamEvent, source: string, payloads: PayloadMemory): SourceRecord[] {
  const records: SourceRecord[] = [];
  payloads.expect(event.Records.length);
  let shard = '';
  for (const record of event.Records) {
    const { eventID, kinesis } = record;
    if (eventID.lastIndexOf(':') !== shard.length || !eventID.startsWith(shard)) {
      shard = eventID.slice(0, eventID.lastIndexOf(':'));
    }
    const placed = payloads.place(kinesis.data);
    const users = isAggregate(kinesis.data) ? deaggregate(placed.bytes) : undefined;
    kinesis.data = '';
    if (users === undefined) records.push(new KinesisRecord(source, shard, record, placed));
    else for (const [index, user] of users.entries()) records.push(userRecord(source, shard, record, user, index));
  }
  return records;
}

/** Light: an event holds thousands, and hardly one is asked for more than its position and payload. */
class KinesisRecord implements SourceRecord {
  readonly source: string;
  readonly partition: string;
  readonly position: Position;
  readonly timestampMs: number;
  readonly placed: PlacedPayload;
  readonly #record: KinesisStreamRecord;

  constructor(source: string, partition: string, record: KinesisStreamRecord, placed: PlacedPayload) {
    this.source = source;
    this.partition = partition;
    this.position = record.kinesis.sequenceNumber;
    this.timestampMs = arrivalMs(record);
    this.placed = placed;
    this.#record = record;
  }

  get value(): Uint8Array {
    return this.placed.bytes;
  }

  get key(): Uint8Array {
    return utf8.encode(this.#record.kinesis.partitionKey);
  }

  get headers(): SourceRecord['headers'] {
    return noHeaders;
  }

  get stream(): string {
    return streamOf(this.#record);
  }
}

const userRecord = (
  source: string,
  partition: string,
  record: KinesisStreamRecord,
  { partitionKey, data }: UserRecord,
  index: number,
): SourceRecord => ({
  source,
  partition,
  position: `${record.kinesis.sequenceNumber}.${index}`,
  timestampMs: arrivalMs(record),
  key: utf8.encode(partitionKey),
  value: data,
  headers: noHeaders,
  stream: streamOf(record),
});

const arrivalMs = ({ kinesis }: KinesisStreamRecord): number => Math.round(kinesis.approximateArrivalTimestamp * 1000);

const streamOf = ({ eventSourceARN }: KinesisStreamRecord): string => eventSourceARN?.split('/').at(-1) ?? '';
