import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  type KinesisClient,
  type _Record as KinesisRecord,
  ListShardsCommand,
  type Shard,
} from '@aws-sdk/client-kinesis';
import { comparePositions, positionAfter, sequenceOf } from '#pipeline/ledger/position.ts';
import type { SourcePositions } from '#pipeline/positions/source-positions.ts';

/** How far back the newest record of a shard is looked for; then from its oldest on. */
const lookBacksMs = [60_000, 600_000, 7_200_000, 86_400_000];
/** Beyond as many, records are not counted further. */
const maxCounted = 100_000;
/** A shard answers five requests a second. */
const pauseMs = 200;

export interface StreamParts {
  /** Its ARN, or its name. */
  stream: { StreamARN: string } | { StreamName: string };
  clock: () => number;
  wait: (ms: number) => Promise<void>;
}

type From = Pick<GetShardIteratorCommandInput, 'ShardIteratorType' | 'StartingSequenceNumber' | 'Timestamp'>;

/**
 * Where a stream's records are, as Kinesis says. A mapping keeps its own places in a stream, which nothing outside of it can set.
 */
export function streamPositions(client: KinesisClient, { stream, clock, wait }: StreamParts): SourcePositions {
  async function shards(): Promise<Shard[]> {
    const found: Shard[] = [];
    let token: string | undefined;
    do {
      const page = await client.send(new ListShardsCommand(token === undefined ? stream : { NextToken: token }));
      found.push(...(page.Shards ?? []));
      token = page.NextToken;
    } while (token !== undefined);
    return found;
  }

  /** A shard's records from a place to the end that it has when it is reached. */
  async function* records(shardId: string, from: From): AsyncGenerator<KinesisRecord> {
    const begun = await client.send(new GetShardIteratorCommand({ ...stream, ShardId: shardId, ...from }));
    let iterator = begun.ShardIterator;
    while (iterator !== undefined) {
      const page = await client.send(new GetRecordsCommand({ ShardIterator: iterator, ...arnOf(stream) }));
      yield* page.Records ?? [];
      if ((page.MillisBehindLatest ?? 0) === 0) return;
      iterator = page.NextShardIterator;
      await wait(pauseMs);
    }
  }

  async function first(shardId: string, from: From): Promise<string | undefined> {
    for await (const { SequenceNumber } of records(shardId, from)) return SequenceNumber;
    return undefined;
  }

  async function last(shardId: string): Promise<string | undefined> {
    const nowMs = clock();
    const places: From[] = [
      ...lookBacksMs.map((ms) => ({ ShardIteratorType: 'AT_TIMESTAMP' as const, Timestamp: new Date(nowMs - ms) })),
      { ShardIteratorType: 'TRIM_HORIZON' },
    ];
    for (const from of places) {
      let newest: string | undefined;
      for await (const { SequenceNumber } of records(shardId, from)) newest = SequenceNumber;
      if (newest !== undefined) return newest;
    }
    return undefined;
  }

  return {
    async spans() {
      const ids = (await shards()).map(({ ShardId }) => ShardId ?? '').sort();
      return Promise.all(
        ids.map(async (partition) => {
          const earliest = await first(partition, { ShardIteratorType: 'TRIM_HORIZON' });
          const newest = earliest === undefined ? undefined : await last(partition);
          if (earliest === undefined || newest === undefined) return { partition };
          return { partition, earliest, end: positionAfter(newest) };
        }),
      );
    },
    at: (partition, timeMs) => first(partition, { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(timeMs) }),
    async count(partition, from, to) {
      let counted = 0;
      for await (const { SequenceNumber = '' } of fromRecord(partition, from)) {
        if (comparePositions(SequenceNumber, to) >= 0) break;
        if (comparePositions(SequenceNumber, from) < 0) continue;
        counted += 1;
        if (counted === maxCounted) return { records: counted, isLeast: true };
      }
      return { records: counted, isLeast: false };
    },
    place: async () => 'unable',
  };

  /** A place between records is read from the oldest on. */
  async function* fromRecord(shardId: string, position: string): AsyncGenerator<KinesisRecord> {
    const from: From = { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: sequenceOf(position) };
    try {
      yield* records(shardId, from);
    } catch (error) {
      if ((error as Error).name !== 'InvalidArgumentException') throw error;
      yield* records(shardId, { ShardIteratorType: 'TRIM_HORIZON' });
    }
  }
}

const arnOf = (stream: StreamParts['stream']): { StreamARN?: string } => ('StreamARN' in stream ? stream : {});
