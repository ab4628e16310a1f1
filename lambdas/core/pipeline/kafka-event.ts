import type { MSKEvent, MSKRecord, SelfManagedKafkaEvent } from 'aws-lambda';
import { decodeBase64 } from '#formats/base64.ts';
import type { SourceRecord } from './source-record.ts';

export type KafkaEvent = MSKEvent | SelfManagedKafkaEvent;

/** Records of an event from a Kafka mapping, of every partition in it. A null value is a tombstone. */
export function readKafkaEvent(event: KafkaEvent, source: string, topic: string): SourceRecord[] {
  return Object.values(event.records).flatMap((records) => records.map((record) => readRecord(record, source, topic)));
}

function readRecord(record: MSKRecord, source: string, topic: string): SourceRecord {
  if (record.topic !== topic) {
    throw new Error(`source ${source}: expected records of topic ${topic}, got one of topic ${record.topic}`);
  }
  const { partition, offset, timestamp, headers } = record;
  const key: string | null | undefined = record.key;
  const value: string | null | undefined = record.value;
  return {
    source,
    partition: String(partition),
    position: String(offset),
    timestampMs: Math.max(0, timestamp),
    key: key === null || key === undefined ? undefined : decodeBase64(key),
    value: value === null || value === undefined ? undefined : decodeBase64(value),
    headers: (headers ?? []).flatMap((header) =>
      Object.entries(header).map(([name, bytes]) => ({ name, value: Uint8Array.from(bytes) })),
    ),
  };
}
