import { z } from 'zod';
import { hashKeyOf } from './hash-key.ts';
import { blob, type Operation, operation, streamReference, timestamp } from './inputs.ts';
import { KinesisError } from './kinesis-error.ts';
import type { NewRecord, Shard } from './shard.ts';
import { decodeIterator, encodeIterator } from './shard-iterator.ts';
import { describeHashKeys } from './shard-operations.ts';
import type { StartingPoint, Stream } from './stream.ts';
import type { Streams } from './streams.ts';

const maxRequestBytes = 10 * 1024 * 1024;
const maxResponseBytes = 10 * 1024 * 1024;
const maxRecordsPerRequest = 500;
const maxRecordsPerResponse = 10_000;

const newRecord = z.object({
  Data: blob,
  PartitionKey: z.string().min(1).max(256),
  ExplicitHashKey: z.string().optional(),
});
type NewRecordRequest = z.infer<typeof newRecord>;

/** Appends each record to its shard, in order, one write for each shard; places are returned in the order of the records. */
function put(stream: Stream, records: readonly NewRecordRequest[], nowMs: number): object[] {
  checkSizes(stream, records);
  const byShard = new Map<Shard, { records: NewRecord[]; places: number[] }>();
  records.forEach(({ PartitionKey, ExplicitHashKey, Data }, place) => {
    const shard = stream.shardFor(hashKeyOf(PartitionKey, ExplicitHashKey));
    let group = byShard.get(shard);
    if (group === undefined) {
      group = { records: [], places: [] };
      byShard.set(shard, group);
    }
    group.records.push({ partitionKey: PartitionKey, data: Data });
    group.places.push(place);
  });
  const answers: object[] = new Array(records.length);
  for (const [shard, group] of byShard) {
    shard.append(group.records, nowMs).forEach((SequenceNumber, i) => {
      answers[group.places[i]!] = { ShardId: shard.id, SequenceNumber };
    });
  }
  return answers;
}

function checkSizes({ settings }: Stream, records: readonly NewRecordRequest[]): void {
  const maxRecordBytes = settings.maxRecordKiB * 1024;
  let requestBytes = 0;
  records.forEach(({ Data, PartitionKey }, i) => {
    const bytes = Data.length + Buffer.byteLength(PartitionKey);
    requestBytes += bytes;
    if (bytes > maxRecordBytes) {
      throw new KinesisError(
        'ValidationException',
        `1 validation error detected: Value at 'records.${i}.data' failed to satisfy constraint: Member must have length less than or equal to ${maxRecordBytes}, partition key included; found ${bytes}`,
      );
    }
  });
  if (requestBytes > maxRequestBytes) {
    throw new KinesisError(
      'InvalidArgumentException',
      `Records size exceeds ${maxRequestBytes} bytes a request, partition keys included; found ${requestBytes}`,
    );
  }
}

const iteratorRequest = z.object({
  ...streamReference,
  ShardId: z.string(),
  ShardIteratorType: z.enum(['TRIM_HORIZON', 'LATEST', 'AT_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER', 'AT_TIMESTAMP']),
  StartingSequenceNumber: z.string().optional(),
  Timestamp: timestamp.optional(),
});

function startingPoint({
  ShardIteratorType: type,
  StartingSequenceNumber,
  Timestamp,
}: z.infer<typeof iteratorRequest>): StartingPoint {
  switch (type) {
    case 'TRIM_HORIZON':
    case 'LATEST':
      return { type };
    case 'AT_SEQUENCE_NUMBER':
    case 'AFTER_SEQUENCE_NUMBER':
      if (StartingSequenceNumber !== undefined) return { type, sequenceNumber: StartingSequenceNumber };
      throw new KinesisError(
        'InvalidArgumentException',
        `Must specify StartingSequenceNumber for iterator type ${type}`,
      );
    case 'AT_TIMESTAMP':
      if (Timestamp !== undefined) return { type, timeMs: Timestamp };
      throw new KinesisError('InvalidArgumentException', 'Must specify Timestamp for iterator type AT_TIMESTAMP');
    default:
      return type satisfies never;
  }
}

function getRecords(streams: Streams, token: string, limit: number, nowMs: number): object {
  const iterator = decodeIterator(token, nowMs);
  const stream = streams.get({ StreamName: iterator.stream });
  if (stream.settings.createdMs !== iterator.createdMs) {
    throw new KinesisError('ResourceNotFoundException', `The iterator's stream ${iterator.stream} has been deleted`);
  }
  const shard = stream.shard(iterator.shard);
  const records = shard.read(iterator.ordinal, limit, maxResponseBytes);
  const last = records.at(-1);
  const ordinal = last === undefined ? iterator.ordinal : last.ordinal + 1;
  const ended = !shard.open && ordinal >= shard.nextOrdinal;
  return {
    Records: records.map((record) => ({
      SequenceNumber: record.sequenceNumber,
      ApproximateArrivalTimestamp: new Date(record.arrivalMs),
      Data: record.data,
      PartitionKey: record.partitionKey,
    })),
    MillisBehindLatest: ordinal < shard.nextOrdinal ? Math.max(0, nowMs - (last?.arrivalMs ?? nowMs)) : 0,
    NextShardIterator: ended ? undefined : encodeIterator({ ...iterator, ordinal, issuedMs: nowMs }),
    ChildShards: ended ? stream.childrenOf(shard).map((child) => describeChild(stream, child)) : undefined,
  };
}

const describeChild = (stream: Stream, child: Shard): object => ({
  ShardId: child.id,
  ParentShards: stream.shards.filter(({ state }) => child.state.parents.includes(state.index)).map(({ id }) => id),
  HashKeyRange: describeHashKeys(child),
});

/** Writing and reading records. */
export const recordOperations = (streams: Streams): Record<string, Operation> => ({
  PutRecord: operation(z.object({ ...streamReference, ...newRecord.shape }), (request, nowMs) => ({
    ...put(streams.get(request), [request], nowMs)[0],
    EncryptionType: 'NONE',
  })),
  PutRecords: operation(
    z.object({ ...streamReference, Records: z.array(newRecord).min(1).max(maxRecordsPerRequest) }),
    ({ Records, ...reference }, nowMs) => ({
      FailedRecordCount: 0,
      Records: put(streams.get(reference), Records, nowMs),
      EncryptionType: 'NONE',
    }),
  ),
  GetShardIterator: operation(iteratorRequest, (request, nowMs) => {
    const stream = streams.get(request);
    const shard = stream.shard(request.ShardId);
    const ordinal = stream.ordinalAt(shard, startingPoint(request), nowMs);
    const { name, createdMs } = stream.settings;
    return { ShardIterator: encodeIterator({ stream: name, createdMs, shard: shard.id, ordinal, issuedMs: nowMs }) };
  }),
  GetRecords: operation(
    z.object({ ShardIterator: z.string(), Limit: z.int().min(1).max(maxRecordsPerResponse).optional() }),
    ({ ShardIterator, Limit }, nowMs) => getRecords(streams, ShardIterator, Limit ?? maxRecordsPerResponse, nowMs),
  ),
});
