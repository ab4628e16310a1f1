import { afterAll, beforeAll, expect, test } from 'vitest';
import { type IngestFunction, startIngestFunction } from '../../support/ingest-function.ts';

interface Response {
  batchItemFailures: { itemIdentifier: { partition: string; offset: number } }[];
}

let ingest: IngestFunction<object, Response>;

beforeAll(async () => {
  ingest = await startIngestFunction('ingest-kafka', {
    kafka: { cluster: 'broker', topic: 'clicks' },
    tombstones: 'deadLetter',
  });
});
afterAll(() => ingest.close());

const event = (partitions: Record<number, [offset: number, value: string | null][]>) => ({
  eventSource: 'SelfManagedKafka',
  bootstrapServers: '127.0.0.1:9092',
  records: Object.fromEntries(
    Object.entries(partitions).map(([partition, records]) => [
      `clicks-${partition}`,
      records.map(([offset, value]) => ({
        topic: 'clicks',
        partition: Number(partition),
        offset,
        timestamp: 1_700_000_000_000 + offset,
        timestampType: 'CREATE_TIME',
        value: value === null ? null : Buffer.from(value).toString('base64'),
        headers: [{ trace: [255, 0] }],
      })),
    ]),
  ),
});

test('records of several partitions are accepted in one transaction', async () => {
  const batch = event({
    0: [
      [0, '{"id":1,"name":"ä"}'],
      [1, null],
    ],
    2: [[7, '{"id":2}']],
  });
  expect(await ingest.handler(batch)).toEqual({ batchItemFailures: [] });
  expect(await ingest.handler(batch)).toEqual({ batchItemFailures: [] });
  expect(await ingest.rows('clicks')).toEqual([
    { _source: 'clicks', _partition: '0', _position: '0', id: 1n, name: 'ä' },
    { _source: 'clicks', _partition: '2', _position: '7', id: 2n, name: null },
  ]);
  expect(await ingest.rows('dead_letters')).toMatchObject([
    { _partition: '0', _position: '1', error: 'Tombstone', payload: null },
  ]);
  expect((await ingest.cursors()).sort()).toEqual(['cursor#clicks/0 1', 'cursor#clicks/2 7']);
});

test('after a death one partition is tried, and the others are named', async () => {
  await ingest.ledger.beginAttempt('clicks/3', '0');
  const batch = event({
    3: [
      [0, '{"id":3}'],
      [1, '{"id":4}'],
    ],
    4: [[0, '{"id":5}']],
  });
  expect(await ingest.handler(batch)).toEqual({
    batchItemFailures: [
      { itemIdentifier: { partition: 'clicks-3', offset: 1 } },
      { itemIdentifier: { partition: 'clicks-4', offset: 0 } },
    ],
  });
  expect(await ingest.handler(batch)).toEqual({ batchItemFailures: [] });
  expect((await ingest.cursors()).filter((cursor) => /[34] /.test(cursor ?? ''))).toHaveLength(2);
});

test('a failure of the infrastructure names the first offset of every partition', async () => {
  await ingest.cutOff();
  expect(
    await ingest.handler(
      event({
        0: [
          [2, '{}'],
          [3, '{}'],
        ],
        1: [[5, '{}']],
      }),
    ),
  ).toEqual({
    batchItemFailures: [
      { itemIdentifier: { partition: 'clicks-0', offset: 2 } },
      { itemIdentifier: { partition: 'clicks-1', offset: 5 } },
    ],
  });
});
