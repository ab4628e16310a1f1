import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { deaggregate } from '#formats/kpl.ts';
import type { PayloadMemory } from './payload-memory.ts';
import type { Position } from './position.ts';
import { noHeaders, type SourceRecord } from './source-record.ts';

const utf8 = new TextEncoder();

/** Records of an event from a Kinesis mapping; those that the KPL aggregated have positions `<sequence>.<index>`. */
export function readKinesisEvent(event: KinesisStreamEvent, source: string, payloads: PayloadMemory): SourceRecord[] {
  const records: SourceRecord[] = [];
  const stream = event.Records[0]?.eventSourceARN.split('/').at(-1) ?? '';
  let shard = '';
  for (const { eventID, kinesis } of event.Records) {
    if (eventID.lastIndexOf(':') !== shard.length || !eventID.startsWith(shard)) {
      shard = eventID.slice(0, eventID.lastIndexOf(':'));
    }
    const data = payloads.addBase64(kinesis.data);
    const aggregated = deaggregate(data);
    if (aggregated === undefined) {
      const { sequenceNumber, partitionKey } = kinesis;
      records.push(new KinesisRecord(source, stream, shard, sequenceNumber, kinesis, partitionKey, data));
      continue;
    }
    for (const [index, user] of aggregated.entries()) {
      const position = `${kinesis.sequenceNumber}.${index}`;
      records.push(new KinesisRecord(source, stream, shard, position, kinesis, user.partitionKey, user.data));
    }
  }
  return records;
}

/** Light: an event holds thousands, and the key of hardly one is asked for. */
class KinesisRecord implements SourceRecord {
  readonly source: string;
  readonly stream: string;
  readonly partition: string;
  readonly position: Position;
  readonly timestampMs: number;
  readonly value: Uint8Array;
  readonly #partitionKey: string;

  constructor(
    source: string,
    stream: string,
    partition: string,
    position: Position,
    { approximateArrivalTimestamp }: KinesisStreamRecord['kinesis'],
    partitionKey: string,
    value: Uint8Array,
  ) {
    this.source = source;
    this.stream = stream;
    this.partition = partition;
    this.position = position;
    this.timestampMs = Math.round(approximateArrivalTimestamp * 1000);
    this.value = value;
    this.#partitionKey = partitionKey;
  }

  get key(): Uint8Array {
    return utf8.encode(this.#partitionKey);
  }

  get headers(): SourceRecord['headers'] {
    return noHeaders;
  }
}

/** The item identifier of the stream's record that holds a position: what a partial response names. */
export const sequenceNumberOf = (position: string): string => position.split('.', 1)[0] as string;
