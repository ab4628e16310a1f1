import {
  type _Record,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis';
import { aggregateSize } from './aggregate-size.ts';
import type { ReadSource, SourcePosition } from './source-position.ts';

/** Reads a Kinesis stream from its oldest record on, shard by shard. */
export const readStream =
  (client: KinesisClient, streamName: string): ReadSource =>
  async (take) => {
    for (const shard of await shardsOf(client, streamName)) await readShard(client, streamName, shard, take);
  };

async function shardsOf(client: KinesisClient, streamName: string): Promise<string[]> {
  const ids: string[] = [];
  let page: string | undefined;
  do {
    const where = page === undefined ? { StreamName: streamName } : { NextToken: page };
    const { Shards = [], NextToken } = await client.send(new ListShardsCommand(where));
    ids.push(...Shards.map(({ ShardId }) => ShardId!));
    page = NextToken;
  } while (page !== undefined);
  return ids;
}

async function readShard(client: KinesisClient, streamName: string, shard: string, take: Parameters<ReadSource>[0]) {
  const start = { StreamName: streamName, ShardId: shard, ShardIteratorType: 'TRIM_HORIZON' } as const;
  let { ShardIterator: iterator } = await client.send(new GetShardIteratorCommand(start));
  while (iterator !== undefined) {
    const answer = await client.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: 10_000 }));
    take((answer.Records ?? []).flatMap((record) => positionsOf(shard, record)));
    if (answer.MillisBehindLatest === 0) return;
    iterator = answer.NextShardIterator;
  }
}

function positionsOf(shard: string, record: _Record): SourcePosition[] {
  const common = { partition: shard, arrivalMs: record.ApproximateArrivalTimestamp!.getTime(), tombstone: false };
  const inside = aggregateSize(record.Data!);
  if (inside === undefined) return [{ ...common, position: record.SequenceNumber!, key: record.PartitionKey }];
  return Array.from({ length: inside }, (_, index) => ({
    ...common,
    position: `${record.SequenceNumber}.${index}`,
    key: undefined,
  }));
}
