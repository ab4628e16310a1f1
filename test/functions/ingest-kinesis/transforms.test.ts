import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type IngestFunction, startIngestFunction } from '../../support/ingest-function.ts';

let ingest: IngestFunction<KinesisStreamEvent, KinesisStreamBatchResponse>;

beforeAll(async () => {
  ingest = await startIngestFunction('ingest-kinesis', {
    kinesis: {},
    transforms: {
      day: 'substr(at, `0`, `10`)',
      stream: 'kinesis.stream',
      key: 'kinesis.partition_key',
      arrived: 'epoch_micros_to_iso8601(kinesis.arrival_timestamp)',
      total: 'sum(prices)',
    },
    drop: ['prices'],
  });
});
afterAll(() => ingest.close());

test('the bundle loads JMESPath when a source has transforms', async () => {
  const event = {
    Records: ['{"at":"2026-11-20T10:11:12Z","prices":[1.5,2]}', '{"at":17,"prices":[]}'].map((data, index) => ({
      eventID: `shardId-000000000000:${index + 1}`,
      eventSourceARN: 'arn:aws:kinesis:us-east-1:123456789012:stream/clicks-stream',
      kinesis: {
        partitionKey: `k${index}`,
        sequenceNumber: String(index + 1),
        data: Buffer.from(data).toString('base64'),
        approximateArrivalTimestamp: 1_700_000_000.5,
      },
    })),
  } as KinesisStreamEvent;
  expect(await ingest.handler(event)).toEqual({ batchItemFailures: [] });
  const [row] = await ingest.rows('clicks');
  expect(row).toEqual({
    ...{ _source: 'clicks', _partition: 'shardId-000000000000', _position: '1', at: '2026-11-20T10:11:12Z' },
    ...{ day: '2026-11-20', stream: 'clicks-stream', key: 'k0', arrived: '2023-11-14T22:13:20.500Z', total: 3.5 },
  });
  expect(await ingest.rows('dead_letters')).toMatchObject([
    { error: 'TransformFailed', path: '$.day', _position: '2' },
  ]);
});
