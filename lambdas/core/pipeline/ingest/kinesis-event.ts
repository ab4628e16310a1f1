import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { deaggregate, isAggregate, type UserRecord } from '#formats/kpl.ts';
import type { Position } from '../ledger/position.ts';
import type { PayloadMemory, PlacedPayload } from './payload-memory.ts';
import { noHeaders, type SourceRecord } from './source-record.ts';

const utf8 = new TextEncoder();

/**
 * Records of an event from a Kinesis mapping; those that the KPL aggregated have positions `<sequence>.<index>`. They are taken out of
 * the event: the texts of their payloads would double what a batch keeps in memory, and all that is left of them would be moved at each
 * collection.
 */
export function readKinesisEvent(event: KinesisStreamEvent, source: string, payloads: PayloadMemory): SourceRecord[] {
  const records: SourceRecord[] = [];
  payloads.expect(event.Records.length);
  let shard = '';
  let arn: string | undefined;
  let stream = '';
  for (const record of event.Records) {
    const { eventID, kinesis } = record;
    if (eventID.lastIndexOf(':') !== shard.length || !eventID.startsWith(shard)) {
      shard = eventID.slice(0, eventID.lastIndexOf(':'));
    }
    if (record.eventSourceARN !== arn) {
      arn = record.eventSourceARN;
      stream = arn?.split('/').at(-1) ?? '';
    }
    const placed = payloads.place(kinesis.data);
    const users = isAggregate(kinesis.data) ? deaggregate(placed.bytes) : undefined;
    const from = { source, partition: shard, stream };
    if (users === undefined) records.push(new KinesisRecord(from, record, placed));
    else for (const [index, user] of users.entries()) records.push(userRecord(from, record, user, index));
  }
  event.Records.length = 0;
  return records;
}

interface From {
  source: string;
  /** Shard id. */
  partition: string;
  /** Its name; empty where the event does not say it. */
  stream: string;
}

/** Light: an event holds thousands, and hardly one is asked for more than its position and payload. */
class KinesisRecord implements SourceRecord {
  readonly source: string;
  readonly partition: string;
  readonly position: Position;
  readonly timestampMs: number;
  readonly placed: PlacedPayload;
  readonly stream: string;
  readonly #key: string;

  constructor({ source, partition, stream }: From, record: KinesisStreamRecord, placed: PlacedPayload) {
    this.source = source;
    this.partition = partition;
    this.position = record.kinesis.sequenceNumber;
    this.timestampMs = arrivalMs(record);
    this.placed = placed;
    this.stream = stream;
    this.#key = record.kinesis.partitionKey;
  }

  get value(): Uint8Array {
    return this.placed.bytes;
  }

  get key(): Uint8Array {
    return utf8.encode(this.#key);
  }

  get headers(): SourceRecord['headers'] {
    return noHeaders;
  }
}

const userRecord = (
  from: From,
  record: KinesisStreamRecord,
  { partitionKey, data }: UserRecord,
  index: number,
): SourceRecord => ({
  ...from,
  position: `${record.kinesis.sequenceNumber}.${index}`,
  timestampMs: arrivalMs(record),
  key: utf8.encode(partitionKey),
  value: data,
  headers: noHeaders,
});

const arrivalMs = ({ kinesis }: KinesisStreamRecord): number => Math.round(kinesis.approximateArrivalTimestamp * 1000);
