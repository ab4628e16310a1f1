import type { KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type IngestFunction, startIngestFunction } from '../../support/ingest-function.ts';
import { kplAggregate } from '../../support/kpl-aggregate.ts';

let ingest: IngestFunction<KinesisStreamEvent, KinesisStreamBatchResponse>;

beforeAll(async () => {
  ingest = await startIngestFunction('ingest-kinesis', { kinesis: {} });
});
afterAll(() => ingest.close());

const shard = 'shardId-000000000000';
const sequence = (number: number) =>
  `495903382714902566085596925383615710959215759891365888${String(number).padStart(2, '0')}`;

const event = (...records: [number: number, data: string | Uint8Array][]) =>
  ({
    Records: records.map(([number, data]) => ({
      eventID: `${shard}:${sequence(number)}`,
      kinesis: {
        partitionKey: 'k',
        sequenceNumber: sequence(number),
        data: Buffer.from(data).toString('base64'),
        approximateArrivalTimestamp: 1_700_000_000 + number,
      },
    })),
  }) as KinesisStreamEvent;

test('records of a shard are accepted, aggregates taken apart, redeliveries left out', async () => {
  const aggregate = kplAggregate([
    { partitionKey: 'a', data: Buffer.from('{"id":2}') },
    { partitionKey: 'b', data: Buffer.from('broken') },
  ]);
  expect(await ingest.handler(event([1, '{"id":9007199254740993}'], [2, aggregate]))).toEqual({
    batchItemFailures: [],
  });
  expect(await ingest.handler(event([2, aggregate], [3, '{"id":3}']))).toEqual({ batchItemFailures: [] });
  const rows = await ingest.rows('clicks');
  expect(rows.map(({ id, _position }) => [id, _position])).toEqual([
    [9007199254740993n, sequence(1)],
    [2n, `${sequence(2)}.0`],
    [3n, sequence(3)],
  ]);
  expect(await ingest.rows('dead_letters')).toMatchObject([{ _position: `${sequence(2)}.1`, error: 'InvalidJson' }]);
  expect(await ingest.cursors()).toEqual([`cursor#clicks/${shard} ${sequence(3)}`]);
});

test('a batch that goes on where the process was is one read, one file and one transaction', async () => {
  ingest.asked();
  expect(await ingest.handler(event([4, '{"id":4}']))).toEqual({ batchItemFailures: [] });
  expect(ingest.asked()).toEqual(['BatchGetItem', 'TransactWriteItems']);
});

test('after a death half of the batch is taken, and the first record of the other half named', async () => {
  await ingest.ledger.beginAttempt(`clicks/${shard}`, sequence(10));
  const batch = event([10, '{"id":10}'], [11, '{"id":11}'], [12, '{"id":12}'], [13, '{"id":13}']);
  expect(await ingest.handler(batch)).toEqual({ batchItemFailures: [{ itemIdentifier: sequence(12) }] });
  expect(await ingest.cursors()).toEqual([`cursor#clicks/${shard} ${sequence(11)}`]);
  expect(await ingest.handler(batch)).toEqual({ batchItemFailures: [] });
});

test('a throttled ledger is asked again, then the batch fails fast and whole; it is accepted once there are units again', async () => {
  await ingest.heat(`cursor#clicks/${shard}`);
  ingest.asked();
  const batch = event([20, '{"id":20}'], [21, '{"id":21}']);
  expect(await ingest.handler(batch)).toEqual({ batchItemFailures: [{ itemIdentifier: sequence(20) }] });
  const reads = ingest.asked().filter((operation) => operation === 'GetItem');
  expect(reads.length).toBeGreaterThanOrEqual(3);
  expect(reads.length).toBeLessThanOrEqual(50);
  await vi.waitFor(async () => expect(await ingest.handler(batch)).toEqual({ batchItemFailures: [] }), {
    timeout: 20_000,
    interval: 200,
  });
  expect((await ingest.ledger.readCursor(`clicks/${shard}`))?.position).toBe(sequence(21));
  expect((await ingest.rows('clicks')).filter(({ id }) => id === 20n || id === 21n)).toHaveLength(2);
});

test('a failure of the infrastructure names the first record, and no exception bisects the batch', async () => {
  await ingest.cutOff();
  expect(await ingest.handler(event([24, '{"id":4}'], [25, '{"id":5}']))).toEqual({
    batchItemFailures: [{ itemIdentifier: sequence(24) }],
  });
});
