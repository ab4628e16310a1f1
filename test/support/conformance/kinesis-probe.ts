import {
  type _Record,
  type ChildShard,
  CreateStreamCommand,
  type CreateStreamCommandInput,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  type GetRecordsOutput,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  type KinesisClient,
  ListShardsCommand,
  type ListShardsCommandInput,
  PutRecordCommand,
  PutRecordsCommand,
  type PutRecordsRequestEntry,
  type Shard,
  waitUntilStreamExists,
} from '@aws-sdk/client-kinesis';

/** Name of the error that a call ended with. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (cause: Error) => cause,
  );
  if (error === undefined) throw new Error('expected a refusal, found an answer');
  return error.name;
}

const untilMs = 30_000;

/** Asks until the answer holds, 30 s at most. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + untilMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${untilMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

export const keySpace = 1n << 128n;
export const sequence = ({ SequenceNumber }: { SequenceNumber?: string | undefined }): bigint =>
  BigInt(SequenceNumber ?? -1);
export const isOpen = (shard: Shard): boolean => shard.SequenceNumberRange?.EndingSequenceNumber === undefined;
export const range = ({ HashKeyRange }: Shard): [bigint, bigint] => [
  BigInt(HashKeyRange!.StartingHashKey!),
  BigInt(HashKeyRange!.EndingHashKey!),
];

export type KinesisProbe = ReturnType<typeof kinesisProbe>;

/** Registers a named case, or its being left out. */
export type Fact = (name: string, run: () => Promise<void>) => void;

/**
 * Short ways to ask a Kinesis server.
 * @param connected the client, once there is one
 */
export function kinesisProbe(connected: () => KinesisClient) {
  const prefix = `conformance-${Date.now().toString(36)}`;
  let names = 0;
  const send = ((command: CreateStreamCommand) => connected().send(command)) as KinesisClient['send'];
  function freshName(): string {
    names += 1;
    return `${prefix}-${names}`;
  }

  async function newStream(ShardCount = 1, extra: Partial<CreateStreamCommandInput> = {}): Promise<string> {
    const StreamName = freshName();
    await send(new CreateStreamCommand({ StreamName, ShardCount, ...extra }));
    await active(StreamName);
    return StreamName;
  }

  async function active(StreamName: string): Promise<void> {
    await waitUntilStreamExists({ client: connected(), maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { StreamName });
    await until(`stream ${StreamName} is active`, async () => {
      const { StreamDescriptionSummary } = await send(new DescribeStreamSummaryCommand({ StreamName }));
      return StreamDescriptionSummary?.StreamStatus === 'ACTIVE';
    });
  }

  const shards = async (StreamName: string, extra: Partial<ListShardsCommandInput> = {}): Promise<Shard[]> =>
    (await send(new ListShardsCommand({ StreamName, ...extra }))).Shards ?? [];
  const put = (StreamName: string, Data: string, PartitionKey = 'key') =>
    send(new PutRecordCommand({ StreamName, PartitionKey, Data: Buffer.from(Data) }));
  const putMany = (StreamName: string, Records: PutRecordsRequestEntry[]) =>
    send(new PutRecordsCommand({ StreamName, Records }));
  const iterator = async (StreamName: string, extra: Partial<GetShardIteratorCommandInput> = {}): Promise<string> => {
    const ShardId = extra.ShardId ?? (await shards(StreamName))[0]!.ShardId;
    const input = { StreamName, ShardIteratorType: 'TRIM_HORIZON' as const, ...extra, ShardId };
    return (await send(new GetShardIteratorCommand(input))).ShardIterator!;
  };
  const page = (ShardIterator: string, Limit?: number): Promise<GetRecordsOutput> =>
    send(new GetRecordsCommand({ ShardIterator, ...(Limit !== undefined && { Limit }) }));

  /** Pages until the tip or the end of the shard. */
  async function drain(first: string) {
    const records: _Record[] = [];
    let next: string | undefined = first;
    let childShards: ChildShard[] | undefined;
    await until('the shard is read', async () => {
      const { Records, NextShardIterator, ChildShards, MillisBehindLatest } = await page(next!);
      records.push(...Records!);
      next = NextShardIterator;
      childShards = ChildShards;
      return next === undefined || (Records!.length === 0 && MillisBehindLatest === 0);
    });
    const texts = records.map(({ Data }) => Buffer.from(Data!).toString());
    return { records, texts, ended: next === undefined, childShards };
  }
  const read = async (StreamName: string, extra: Partial<GetShardIteratorCommandInput> = {}) =>
    drain(await iterator(StreamName, extra));

  return { send, freshName, newStream, active, shards, put, putMany, iterator, page, drain, read };
}
