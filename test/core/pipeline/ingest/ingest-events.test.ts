import type { KinesisStreamEvent, MSKEvent } from 'aws-lambda';
import { expect, test } from 'vitest';
import { readKafkaEvent } from '#pipeline/ingest/kafka-event.ts';
import { readKinesisEvent } from '#pipeline/ingest/kinesis-event.ts';
import { sequenceOf } from '#pipeline/ledger/position.ts';
import { kplAggregate } from '../../../support/kpl-aggregate.ts';

const sequence = '49590338271490256608559692538361571095921575989136588898';
const payloads = { expect: () => undefined, place: (text: string) => ({ bytes: Buffer.from(text, 'base64') }) };
const base64 = (data: string | Uint8Array) => Buffer.from(data).toString('base64');
const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);

function kinesisEvent(data: string): KinesisStreamEvent {
  const record = {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: 'schlüssel',
      sequenceNumber: sequence,
      data,
      approximateArrivalTimestamp: 1_545_084_650.987,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `shardId-000000000006:${sequence}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: 'arn:aws:iam::123456789012:role/ingest',
    awsRegion: 'us-east-1',
    eventSourceARN: 'arn:aws:kinesis:us-east-1:123456789012:stream/clicks',
  };
  return { Records: [record] };
}

test('a Kinesis record', () => {
  const [record] = readKinesisEvent(kinesisEvent(base64('{"ä":1}')), 'clicks', payloads);
  expect(record).toMatchObject({
    source: 'clicks',
    partition: 'shardId-000000000006',
    position: sequence,
    timestampMs: 1_545_084_650_987,
    headers: [],
    stream: 'clicks',
  });
  expect(text(record?.key)).toBe('schlüssel');
  expect(text(record?.value)).toBe('{"ä":1}');
});

test('an aggregated Kinesis record', () => {
  const data = kplAggregate([
    { partitionKey: 'a', data: Buffer.from('{"n":1}') },
    { partitionKey: 'b', data: Buffer.from('{"n":2}') },
  ]);
  const records = readKinesisEvent(kinesisEvent(base64(data)), 'clicks', payloads);
  expect(records.map(({ position, key, value }) => [position, text(key), text(value)])).toEqual([
    [`${sequence}.0`, 'a', '{"n":1}'],
    [`${sequence}.1`, 'b', '{"n":2}'],
  ]);
  expect(records.map(({ position }) => sequenceOf(position))).toEqual([sequence, sequence]);
});

const kafkaRecord = (partition: number, offset: number, more: object) => ({
  topic: 'clicks',
  partition,
  offset,
  timestamp: 1_700_000_000_000 + offset,
  timestampType: 'CREATE_TIME',
  ...more,
});

function kafkaEvent(records: Record<string, object[]>): MSKEvent {
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn',
    bootstrapServers: 'b:9092',
    records,
  } as unknown as MSKEvent;
}

test('Kafka records of several partitions: keys, headers, tombstones', () => {
  const event = kafkaEvent({
    'clicks-0': [
      kafkaRecord(0, 15, {
        key: base64('k'),
        value: base64('{}'),
        headers: [{ trace: [104, -1] }, { trace: [], b: [1] }, { flag: null, mark: {} }],
      }),
      kafkaRecord(0, 16, { key: base64('k'), value: null, headers: [] }),
      kafkaRecord(0, 17, { timestamp: -1 }),
    ],
    'clicks-3': [kafkaRecord(3, 2, { key: null, value: '' })],
  });
  const read = readKafkaEvent(event, 'web', 'clicks', payloads);
  expect(read.map(({ key, value, headers, placed: _, ...own }) => ({ ...own, key, value, headers }))).toEqual([
    {
      source: 'web',
      partition: '0',
      position: '15',
      timestampMs: 1_700_000_000_015,
      timestampType: 'CREATE_TIME',
      key: Buffer.from('k'),
      value: Buffer.from('{}'),
      headers: [
        { name: 'trace', value: new Uint8Array([104, 255]) },
        { name: 'trace', value: new Uint8Array() },
        { name: 'b', value: new Uint8Array([1]) },
        { name: 'flag', value: null },
        { name: 'mark', value: null },
      ],
    },
    expect.objectContaining({ position: '16', value: undefined, key: Buffer.from('k') }),
    expect.objectContaining({ position: '17', value: undefined, key: undefined, timestampMs: 0, headers: [] }),
    expect.objectContaining({ partition: '3', position: '2', key: undefined, value: Buffer.from('') }),
  ]);
  expect(Object.values(event.records)).toEqual([[], []]);
});

test('who set the time of a Kafka record', () => {
  const types = ['CREATE_TIME', 'LOG_APPEND_TIME', 'NO_TIMESTAMP_TYPE'];
  const event = kafkaEvent({
    'clicks-0': types.map((timestampType, offset) => kafkaRecord(0, offset, { timestampType })),
  });
  const read = readKafkaEvent(event, 'web', 'clicks', payloads);
  expect(read.map(({ timestampType }) => timestampType)).toEqual(['CREATE_TIME', 'LOG_APPEND_TIME', undefined]);
});

test('records of a topic that is not the source are refused', () => {
  expect(() => readKafkaEvent(kafkaEvent({ 'clicks-0': [kafkaRecord(0, 1, {})] }), 'web', 'views', payloads)).toThrow(
    'source web: expected records of topic views, got one of topic clicks',
  );
});
