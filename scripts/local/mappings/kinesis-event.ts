import { type Entry, entryOf, identifierOf, itemFailures, type Verdict } from './entry.ts';

export interface KinesisRecord {
  partitionKey: string;
  sequenceNumber: string;
  data: Buffer;
  arrivalMs: number;
}

export interface KinesisEventContext {
  shardId: string;
  streamArn: string;
  region: string;
  roleArn: string;
}

const open = '{"Records":[';
const close = ']}';

/** Bytes of an event around its records. */
export const kinesisEnvelopeBytes = open.length + close.length;

export function kinesisEntry(record: KinesisRecord, context: KinesisEventContext): Entry<KinesisRecord> {
  const json = JSON.stringify({
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: record.partitionKey,
      sequenceNumber: record.sequenceNumber,
      data: record.data.toString('base64'),
      approximateArrivalTimestamp: record.arrivalMs / 1000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${context.shardId}:${record.sequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: context.roleArn,
    awsRegion: context.region,
    eventSourceARN: context.streamArn,
  });
  return entryOf(record, json, record.arrivalMs);
}

export const kinesisEvent = (entries: readonly Entry<KinesisRecord>[]): string =>
  `${open}${entries.map(({ json }) => json).join(',')}${close}`;

/**
 * What an answer with `ReportBatchItemFailures` leaves to be done: everything from the lowest sequence number that it
 * names. An identifier that is empty or not of this batch means the whole batch.
 */
export function kinesisVerdict(entries: Entry<KinesisRecord>[], payload: string): Verdict<KinesisRecord> {
  const failures = itemFailures(payload);
  if (failures === undefined || failures.length === 0) return { kind: 'done' };
  const places = failures.map((failure) => {
    const identifier = identifierOf(failure);
    return entries.findIndex(({ record }) => record.sequenceNumber === identifier);
  });
  return { kind: 'again', remaining: entries.slice(Math.max(0, Math.min(...places))) };
}
