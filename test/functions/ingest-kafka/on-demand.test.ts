import { afterAll, beforeAll, expect, test } from 'vitest';
import { type IngestFunction, startIngestFunction } from '../../support/ingest-function.ts';
import { SourceLines } from '../../support/source-events.ts';

let ingest: IngestFunction<object, unknown>;

beforeAll(async () => {
  ingest = await startIngestFunction('ingest-kafka', {
    kafka: { cluster: 'broker', topic: 'clicks', pollers: 'onDemand' },
  });
});
afterAll(() => ingest.close());

const origin = { kind: 'kafka', cluster: 'broker', topic: 'clicks', partitions: 1, pollers: 'onDemand' } as const;

const batch = (...positions: number[]): object =>
  JSON.parse(
    new SourceLines().event(
      'clicks',
      origin,
      positions.map((position) => ({ value: { id: position }, position })),
      1_700_000_000_000,
    ),
  );

test('what a batch leaves after a death fails the function, and comes home when all of it is delivered again', async () => {
  await ingest.ledger.beginAttempt('clicks/0', '0');
  await expect(ingest.handler(batch(0, 1, 2, 3))).rejects.toThrow(
    'expected all of the batch to be accepted, left [{"itemIdentifier":{"partition":"clicks-0","offset":2}}]',
  );
  expect(await ingest.cursors()).toEqual(['cursor#clicks/0 1']);
  expect(await ingest.handler(batch(0, 1, 2, 3))).toEqual({ batchItemFailures: [] });
  expect((await ingest.rows('clicks')).map(({ id }) => id)).toEqual([0n, 1n, 2n, 3n]);
});

test('a failure of the infrastructure fails the function: nobody would read which records it is about', async () => {
  await ingest.cutOff();
  await expect(ingest.handler(batch(4))).rejects.toThrow();
});
