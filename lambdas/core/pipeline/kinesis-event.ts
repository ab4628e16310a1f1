import type { KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { decodeBase64 } from '#formats/base64.ts';
import { deaggregate } from '#formats/kpl.ts';
import type { SourceRecord } from './source-record.ts';

const utf8 = new TextEncoder();

/** Records of an event from a Kinesis mapping; those that the KPL aggregated have positions `<sequence>.<index>`. */
export function readKinesisEvent(event: KinesisStreamEvent, source: string): SourceRecord[] {
  return event.Records.flatMap((record) => readRecord(record, source));
}

function readRecord({ eventID, kinesis }: KinesisStreamRecord, source: string): SourceRecord[] {
  const data = decodeBase64(kinesis.data);
  const record = {
    source,
    partition: eventID.slice(0, eventID.lastIndexOf(':')),
    position: kinesis.sequenceNumber,
    timestampMs: Math.round(kinesis.approximateArrivalTimestamp * 1000),
    key: utf8.encode(kinesis.partitionKey),
    value: data,
    headers: [],
  };
  const aggregated = deaggregate(data);
  if (aggregated === undefined) return [record];
  return aggregated.map((user, index) => ({
    ...record,
    position: `${kinesis.sequenceNumber}.${index}`,
    key: utf8.encode(user.partitionKey),
    value: user.data,
  }));
}

/** The item identifier of the stream's record that holds a position: what a partial response names. */
export const sequenceNumberOf = (position: string): string => position.split('.', 1)[0] as string;
