import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, encode } from 'cborg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { KinesisApi } from '../../../../scripts/local/kinesis/api.ts';
import { Streams } from '../../../../scripts/local/kinesis/streams.ts';

const hourMs = 3_600_000;
const startMs = Date.UTC(2026, 0, 1);
const StreamName = 'clocked';
const ShardId = 'shardId-000000000000';

let root: string;
let streams: Streams;
let api: KinesisApi;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'alluvium-kinesis-'));
  streams = new Streams(root);
  api = new KinesisApi(streams);
  call('CreateStream', { StreamName, ShardCount: 1 }, startMs);
});
afterEach(() => {
  streams.close();
  rmSync(root, { recursive: true, force: true });
});

// biome-ignore lint/suspicious/noExplicitAny: answers of every operation, looked into by the tests
function call(operation: string, request: object, nowMs: number): any {
  const body = Buffer.from(JSON.stringify(request));
  const answer = api.answer(`Kinesis_20131202.${operation}`, 'application/x-amz-json-1.1', body, nowMs);
  return { status: answer.status, ...JSON.parse(answer.body.toString()) };
}

const put = (text: string, nowMs: number) =>
  call('PutRecord', { StreamName, PartitionKey: 'key', Data: btoa(text) }, nowMs);
const horizon = (nowMs: number): string =>
  call('GetShardIterator', { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' }, nowMs).ShardIterator;

it('an iterator expires after five minutes', () => {
  const ShardIterator = horizon(startMs);
  expect(call('GetRecords', { ShardIterator }, startMs + 5 * 60_000).status).toBe(200);
  expect(call('GetRecords', { ShardIterator }, startMs + 5 * 60_000 + 1)).toMatchObject({
    status: 400,
    __type: 'ExpiredIteratorException',
  });
});

it('the horizon leaves out what has passed the retention period', () => {
  put('old', startMs);
  put('young', startMs + 20 * hourMs);
  const { Records } = call('GetRecords', { ShardIterator: horizon(startMs + 25 * hourMs) }, startMs + 25 * hourMs);
  expect(Records.map(({ Data }: { Data: string }) => atob(Data))).toEqual(['young']);
});

it('a closed shard is forgotten when all it holds has passed the retention period', () => {
  const half = String(1n << 127n);
  call('SplitShard', { StreamName, ShardToSplit: ShardId, NewStartingHashKey: half }, startMs);
  const shardCount = (): number => call('ListShards', { StreamName }, startMs).Shards.length;
  streams.trim(startMs + 23 * hourMs);
  expect(shardCount()).toBe(3);
  streams.trim(startMs + 25 * hourMs);
  expect(shardCount()).toBe(2);
});

it('sequence numbers rise even when the clock falls back', () => {
  const first = put('a', startMs + 1000);
  const second = put('b', startMs);
  expect(BigInt(second.SequenceNumber)).toBeGreaterThan(BigInt(first.SequenceNumber));
});

it('lag is the age of the last record read while others wait', () => {
  put('a', startMs);
  put('b', startMs + 500);
  const answer = call('GetRecords', { ShardIterator: horizon(startMs), Limit: 1 }, startMs + 2000);
  expect(answer.MillisBehindLatest).toBe(2000);
});

it('CBOR carries bytes as bytes and times as tag 1 in milliseconds', () => {
  const type = 'application/x-amz-cbor-1.1';
  const cbor = (operation: string, request: object) => {
    const { status, contentType, body } = api.answer(
      `Kinesis_20131202.${operation}`,
      type,
      Buffer.from(encode(request)),
      startMs,
    );
    expect(contentType).toBe(type);
    const tags = Object.assign([], { 1: (inner: () => unknown) => ({ epochMs: inner() }) });
    return { status, answer: decode(body, { tags }) };
  };
  const Data = Uint8Array.of(0, 255, 7);
  expect(cbor('PutRecord', { StreamName, PartitionKey: 'key', Data }).status).toBe(200);
  const { answer } = cbor('GetRecords', { ShardIterator: horizon(startMs) });
  expect(answer.Records).toMatchObject([{ ApproximateArrivalTimestamp: { epochMs: startMs }, Data }]);
  expect(cbor('GetRecords', { ShardIterator: 'no' })).toMatchObject({
    status: 400,
    answer: { __type: 'InvalidArgumentException' },
  });
});

it('an unknown operation, an unreadable body and a wrong field are told by name', () => {
  expect(call('Nonsense', {}, startMs)).toMatchObject({ status: 400, __type: 'UnknownOperationException' });
  const unreadable = api.answer('Kinesis_20131202.PutRecord', 'application/x-amz-json-1.1', Buffer.from('{'), startMs);
  expect(JSON.parse(unreadable.body.toString()).__type).toBe('SerializationException');
  expect(call('CreateStream', { StreamName: 'a/b', ShardCount: 1 }, startMs)).toMatchObject({
    __type: 'ValidationException',
    message: expect.stringContaining("'StreamName'"),
  });
});
