import { z } from 'zod';
import { parseHashKey } from './hash-key.ts';
import { type Operation, operation, streamReference, timestamp } from './inputs.ts';
import { KinesisError } from './kinesis-error.ts';
import { type Shard, shardId } from './shard.ts';
import type { Stream } from './stream.ts';
import { type Streams, streamArn } from './streams.ts';

const shardFilter = z.object({
  Type: z.enum([
    'AFTER_SHARD_ID',
    'AT_TRIM_HORIZON',
    'FROM_TRIM_HORIZON',
    'AT_LATEST',
    'AT_TIMESTAMP',
    'FROM_TIMESTAMP',
  ]),
  ShardId: z.string().optional(),
  Timestamp: timestamp.optional(),
});
type ShardFilter = z.infer<typeof shardFilter>;

const nextToken = z.object({ stream: z.string(), after: z.string() });

function parseNextToken(token: string): z.infer<typeof nextToken> {
  try {
    return nextToken.parse(JSON.parse(atob(token)));
  } catch {
    throw new KinesisError('InvalidArgumentException', `Invalid NextToken ${token.slice(0, 60)}`);
  }
}

export const describeHashKeys = ({ state }: Shard): object => ({
  StartingHashKey: String(state.range.from),
  EndingHashKey: String(state.range.to),
});

const describe = (shard: Shard): object => ({
  ShardId: shard.id,
  ParentShardId: shard.state.parents[0] === undefined ? undefined : shardId(shard.state.parents[0]),
  AdjacentParentShardId: shard.state.parents[1] === undefined ? undefined : shardId(shard.state.parents[1]),
  HashKeyRange: describeHashKeys(shard),
  SequenceNumberRange: {
    StartingSequenceNumber: shard.startingSequenceNumber,
    EndingSequenceNumber: shard.endingSequenceNumber,
  },
});

function keeps({ Type, ShardId, Timestamp }: ShardFilter, shard: Shard, horizonMs: number): boolean {
  const openSince = (timeMs: number): boolean => (shard.state.closedMs ?? Number.POSITIVE_INFINITY) >= timeMs;
  switch (Type) {
    case 'AFTER_SHARD_ID':
      return shard.id > (ShardId ?? '');
    case 'AT_LATEST':
      return shard.open;
    case 'AT_TRIM_HORIZON':
      return openSince(horizonMs) && (shard.state.parents.length === 0 || shard.state.createdMs <= horizonMs);
    case 'FROM_TRIM_HORIZON':
      return openSince(horizonMs);
    case 'AT_TIMESTAMP':
    case 'FROM_TIMESTAMP': {
      if (Timestamp === undefined) {
        throw new KinesisError('InvalidArgumentException', `ShardFilter ${Type}: Timestamp is missing`);
      }
      return openSince(Timestamp) && (Type === 'FROM_TIMESTAMP' || shard.state.createdMs <= Timestamp);
    }
    default:
      return Type satisfies never;
  }
}

function updateShardCount(stream: Stream, target: number, nowMs: number): object {
  const current = stream.openShards.length;
  if (target > 2 * current || 2 * target < current) {
    throw new KinesisError(
      'LimitExceededException',
      `UpdateShardCount of stream ${stream.settings.name} to ${target}: expected from half to double the current ${current} open shards`,
    );
  }
  stream.reshard(target, nowMs);
  return {
    StreamName: stream.settings.name,
    StreamARN: streamArn(stream.settings.name),
    CurrentShardCount: current,
    TargetShardCount: target,
  };
}

/** Listing shards and changing their number. */
export const shardOperations = (streams: Streams): Record<string, Operation> => ({
  ListShards: operation(
    z.object({
      ...streamReference,
      NextToken: z.string().optional(),
      ExclusiveStartShardId: z.string().optional(),
      MaxResults: z.int().min(1).max(10_000).optional(),
      ShardFilter: shardFilter.optional(),
    }),
    ({ NextToken, ExclusiveStartShardId = '', MaxResults = 1000, ShardFilter, ...reference }, nowMs) => {
      const token = NextToken === undefined ? undefined : parseNextToken(NextToken);
      const stream = streams.get(token === undefined ? reference : { StreamName: token.stream });
      const after = token?.after ?? ExclusiveStartShardId;
      const shards = stream.shards.filter(
        (shard) =>
          shard.id > after && (ShardFilter === undefined || keeps(ShardFilter, shard, stream.horizonMs(nowMs))),
      );
      const page = shards.slice(0, MaxResults);
      const next = { stream: stream.settings.name, after: page.at(-1)?.id };
      return {
        Shards: page.map(describe),
        NextToken: shards.length > page.length ? btoa(JSON.stringify(next)) : undefined,
      };
    },
  ),
  DescribeStream: operation(
    z.object({
      ...streamReference,
      Limit: z.int().min(1).max(10_000).optional(),
      ExclusiveStartShardId: z.string().optional(),
    }),
    ({ Limit = 100, ExclusiveStartShardId = '', ...reference }) => {
      const stream = streams.get(reference);
      const shards = stream.shards.filter(({ id }) => id > ExclusiveStartShardId);
      const page = shards.slice(0, Limit);
      return {
        StreamDescription: {
          StreamName: stream.settings.name,
          StreamARN: streamArn(stream.settings.name),
          StreamStatus: 'ACTIVE',
          StreamModeDetails: { StreamMode: stream.settings.mode },
          Shards: page.map(describe),
          HasMoreShards: shards.length > page.length,
          RetentionPeriodHours: stream.settings.retentionHours,
          StreamCreationTimestamp: new Date(stream.settings.createdMs),
          EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
          EncryptionType: 'NONE',
        },
      };
    },
  ),
  SplitShard: operation(
    z.object({ ...streamReference, ShardToSplit: z.string(), NewStartingHashKey: z.string() }),
    ({ ShardToSplit, NewStartingHashKey, ...reference }, nowMs) => {
      const stream = streams.get(reference);
      stream.split(stream.shard(ShardToSplit), parseHashKey(NewStartingHashKey), nowMs);
      return {};
    },
  ),
  MergeShards: operation(
    z.object({ ...streamReference, ShardToMerge: z.string(), AdjacentShardToMerge: z.string() }),
    ({ ShardToMerge, AdjacentShardToMerge, ...reference }, nowMs) => {
      const stream = streams.get(reference);
      stream.merge(stream.shard(ShardToMerge), stream.shard(AdjacentShardToMerge), nowMs);
      return {};
    },
  ),
  UpdateShardCount: operation(
    z.object({
      ...streamReference,
      TargetShardCount: z.int().min(1).max(10_000),
      ScalingType: z.literal('UNIFORM_SCALING'),
    }),
    ({ TargetShardCount, ScalingType: _, ...reference }, nowMs) =>
      updateShardCount(streams.get(reference), TargetShardCount, nowMs),
  ),
});
