import { analyticsEvent } from '../../local/samples/analytics-events.ts';

/** Lambda's cap on an event: envelope and base64 count. */
export const maxEventBytes = 6 * 1024 ** 2;

const seed = 1;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const kinesisRecord = (index: number): string => {
  const sequence = `49590338271490256608559692538361571095921575989${String(index).padStart(9, '0')}`;
  return JSON.stringify({
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: `session-${index % 997}`,
      sequenceNumber: sequence,
      data: base64(analyticsEvent(seed, index)),
      approximateArrivalTimestamp: 1_768_435_200 + index / 1000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `shardId-000000000000:${sequence}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:aws:iam::123456789012:role/alluvium-prod-ingest-analytics-ServiceRole',
    awsRegion: 'us-east-1',
    eventSourceARN: 'arn:aws:kinesis:us-east-1:123456789012:stream/alluvium-prod-analytics-StreamEEAE7C68',
  });
};

const kafkaRecord = (index: number): string =>
  JSON.stringify({
    topic: 'analytics-events',
    partition: 0,
    offset: index,
    timestamp: 1_768_435_200_000 + index,
    timestampType: 'CREATE_TIME',
    key: base64(`session-${index % 997}`),
    value: base64(analyticsEvent(seed, index)),
    headers: [],
  });

export interface EventText {
  text: string;
  records: number;
  /** Of the payloads alone, decoded. */
  payloadBytes: number;
}

/** The largest event of generated analytics records that Lambda would deliver, as the runtime gets it: JSON text. */
export function fullEvent(origin: 'kinesis' | 'kafka', maxBytes = maxEventBytes, first = 0): EventText {
  const [record, open, close] =
    origin === 'kinesis'
      ? [kinesisRecord, '{"Records":[', ']}']
      : [kafkaRecord, '{"eventSource":"aws:kafka","records":{"analytics-events-0":[', ']}}'];
  const parts: string[] = [];
  let bytes = open.length + close.length;
  let payloadBytes = 0;
  for (;;) {
    const next = record(first + parts.length);
    if (bytes + next.length + 1 > maxBytes) break;
    bytes += next.length + 1;
    payloadBytes += Buffer.byteLength(analyticsEvent(seed, first + parts.length));
    parts.push(next);
  }
  return { text: open + parts.join() + close, records: parts.length, payloadBytes };
}
