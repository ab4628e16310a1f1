import {
  AddTagsToStreamCommand,
  CreateStreamCommand,
  type CreateStreamCommandInput,
  DecreaseStreamRetentionPeriodCommand,
  DeleteStreamCommand,
  DeregisterStreamConsumerCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  type GetRecordsOutput,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  IncreaseStreamRetentionPeriodCommand,
  KinesisClient,
  ListShardsCommand,
  type ListShardsCommandInput,
  ListStreamConsumersCommand,
  ListStreamsCommand,
  type ListStreamsCommandOutput,
  ListTagsForStreamCommand,
  MergeShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  type PutRecordsRequestEntry,
  RegisterStreamConsumerCommand,
  type Shard,
  SplitShardCommand,
  UpdateShardCountCommand,
  waitUntilStreamExists,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

export interface KinesisUnderTest {
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** The SDK's own handler speaks HTTP/2. */
  protocol: 'HTTP/1.1' | 'HTTP/2';
}

/** Cases that a server cannot hold, by name, with the reason; shown as skipped. */
export type KinesisGaps = Record<string, string>;

export function kinesisClient({ endpoint, credentials, protocol }: KinesisUnderTest): KinesisClient {
  const handler = protocol === 'HTTP/1.1' ? { requestHandler: new NodeHttpHandler() } : {};
  return new KinesisClient({ endpoint, credentials, region: 'us-east-1', maxAttempts: 1, ...handler });
}

const mib = 1024 * 1024;
const keySpace = 1n << 128n;

/** Name of the error that a call ended with. */
async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (cause: Error) => cause,
  );
  if (error === undefined) throw new Error('expected a refusal, found an answer');
  return error.name;
}

const sequence = ({ SequenceNumber }: { SequenceNumber?: string | undefined }): bigint => BigInt(SequenceNumber ?? -1);
const isOpen = (shard: Shard): boolean => shard.SequenceNumberRange?.EndingSequenceNumber === undefined;
const range = ({ HashKeyRange }: Shard): [bigint, bigint] => [
  BigInt(HashKeyRange!.StartingHashKey!),
  BigInt(HashKeyRange!.EndingHashKey!),
];

/**
 * What the pipeline trusts Kinesis to do, through the real SDK. Runs unchanged against any server.
 * @param start called once; the server is the caller's to stop
 */
export function kinesisConformance(
  title: string,
  start: () => Promise<KinesisUnderTest>,
  gaps: KinesisGaps = {},
): void {
  describe(title, () => {
    const prefix = `conformance-${Date.now().toString(36)}`;
    let client: KinesisClient;
    let streams = 0;

    const fact = (name: string, run: () => Promise<void>) =>
      name in gaps ? it.skip(`${name} (${gaps[name]})`, run) : it(name, run);

    beforeAll(async () => {
      client = kinesisClient(await start());
    });
    afterAll(() => client?.destroy());

    async function newStream(ShardCount = 1, extra: Partial<CreateStreamCommandInput> = {}): Promise<string> {
      streams += 1;
      const StreamName = `${prefix}-${streams}`;
      await client.send(new CreateStreamCommand({ StreamName, ShardCount, ...extra }));
      await active(StreamName);
      return StreamName;
    }

    async function active(StreamName: string): Promise<void> {
      await waitUntilStreamExists({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { StreamName });
      for (;;) {
        const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
        if (StreamDescriptionSummary?.StreamStatus === 'ACTIVE') return;
      }
    }

    const shards = async (StreamName: string, extra: Partial<ListShardsCommandInput> = {}): Promise<Shard[]> =>
      (await client.send(new ListShardsCommand({ StreamName, ...extra }))).Shards ?? [];
    const put = (StreamName: string, Data: string, PartitionKey = 'key') =>
      client.send(new PutRecordCommand({ StreamName, PartitionKey, Data: Buffer.from(Data) }));
    const putMany = (StreamName: string, Records: PutRecordsRequestEntry[]) =>
      client.send(new PutRecordsCommand({ StreamName, Records }));
    const iterator = async (StreamName: string, extra: Partial<GetShardIteratorCommandInput> = {}): Promise<string> => {
      const ShardId = extra.ShardId ?? (await shards(StreamName))[0]!.ShardId;
      const input = { StreamName, ShardIteratorType: 'TRIM_HORIZON' as const, ...extra, ShardId };
      return (await client.send(new GetShardIteratorCommand(input))).ShardIterator!;
    };
    const page = (ShardIterator: string, Limit?: number): Promise<GetRecordsOutput> =>
      client.send(new GetRecordsCommand({ ShardIterator, ...(Limit !== undefined && { Limit }) }));

    /** Pages until the tip or the end of the shard. */
    async function drain(first: string) {
      const records = [];
      let next: string | undefined = first;
      let last: GetRecordsOutput | undefined;
      while (next !== undefined) {
        last = await page(next);
        records.push(...last.Records!);
        next = last.NextShardIterator;
        if (last.Records!.length === 0 && last.MillisBehindLatest === 0) break;
      }
      const texts = records.map(({ Data }) => Buffer.from(Data!).toString());
      return { records, texts, ended: next === undefined, childShards: last?.ChildShards };
    }
    const read = async (StreamName: string, extra: Partial<GetShardIteratorCommandInput> = {}) =>
      drain(await iterator(StreamName, extra));

    describe('streams', () => {
      fact('a new stream becomes active, and its shards divide the key space without a gap', async () => {
        const StreamName = await newStream(3);
        const listed = await shards(StreamName);
        const ranges = listed.map(range);
        expect(listed.map(({ ShardId }) => ShardId)).toEqual([0, 1, 2].map((i) => `shardId-00000000000${i}`));
        expect(ranges[0]![0]).toBe(0n);
        expect(ranges.at(-1)![1]).toBe(keySpace - 1n);
        for (const [i, [from]] of ranges.entries()) if (i > 0) expect(from).toBe(ranges[i - 1]![1] + 1n);
        const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
        expect(StreamDescriptionSummary).toMatchObject({
          OpenShardCount: 3,
          RetentionPeriodHours: 24,
          ConsumerCount: 0,
        });
      });

      fact('a stream is named by its ARN as well', async () => {
        const StreamName = await newStream(2);
        const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName }));
        const { StreamARN } = StreamDescription!;
        expect(StreamARN).toMatch(new RegExp(`^arn:aws:kinesis:[a-z0-9-]+:\\d{12}:stream/${StreamName}$`));
        expect(StreamDescription!.Shards).toHaveLength(2);
        await client.send(new PutRecordCommand({ StreamARN, PartitionKey: 'a', Data: Buffer.from('by ARN') }));
        const listed = await client.send(new ListShardsCommand({ StreamARN }));
        const texts = await Promise.all(listed.Shards!.map(({ ShardId }) => read(StreamName, { ShardId: ShardId! })));
        expect(texts.flatMap((one) => one.texts)).toEqual(['by ARN']);
      });

      fact('a name that is taken is ResourceInUse, one that is unknown ResourceNotFound', async () => {
        const StreamName = await newStream();
        const absent = `${prefix}-absent`;
        const ShardId = 'shardId-000000000000';
        expect(await refusal(client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 })))).toBe(
          'ResourceInUseException',
        );
        expect(await refusal(put(absent, 'x'))).toBe('ResourceNotFoundException');
        expect(await refusal(shards(absent))).toBe('ResourceNotFoundException');
        expect(await refusal(iterator(absent, { ShardId }))).toBe('ResourceNotFoundException');
        expect(await refusal(iterator(StreamName, { ShardId: 'shardId-000000000077' }))).toBe(
          'ResourceNotFoundException',
        );
      });

      fact('streams are listed page by page', async () => {
        const names = [await newStream(), await newStream()];
        const found: string[] = [];
        for (let NextToken: string | undefined, more = true; more; ) {
          const answer: ListStreamsCommandOutput = await client.send(
            new ListStreamsCommand({ Limit: 1, ...(NextToken !== undefined && { NextToken }) }),
          );
          expect(answer.StreamNames).toHaveLength(1);
          found.push(...answer.StreamNames!);
          NextToken = answer.NextToken;
          more = answer.HasMoreStreams!;
        }
        expect(found).toEqual(expect.arrayContaining(names));
        expect(new Set(found).size).toBe(found.length);
      });

      fact('an on-demand stream starts with four shards', async () => {
        streams += 1;
        const StreamName = `${prefix}-${streams}`;
        await client.send(new CreateStreamCommand({ StreamName, StreamModeDetails: { StreamMode: 'ON_DEMAND' } }));
        await active(StreamName);
        const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
        expect(StreamDescriptionSummary).toMatchObject({
          OpenShardCount: 4,
          StreamModeDetails: { StreamMode: 'ON_DEMAND' },
        });
      });

      fact('retention is 24 hours to 365 days and changes only in the direction asked for', async () => {
        const StreamName = await newStream();
        const increase = (RetentionPeriodHours: number) =>
          client.send(new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours }));
        const decrease = (RetentionPeriodHours: number) =>
          client.send(new DecreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours }));
        await increase(168);
        await active(StreamName);
        const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
        expect(StreamDescriptionSummary!.RetentionPeriodHours).toBe(168);
        expect(await refusal(increase(48))).toBe('InvalidArgumentException');
        expect(await refusal(increase(8761))).toBe('InvalidArgumentException');
        expect(await refusal(decrease(200))).toBe('InvalidArgumentException');
        await decrease(24);
      });

      fact('tags are kept', async () => {
        const StreamName = await newStream();
        await client.send(new AddTagsToStreamCommand({ StreamName, Tags: { team: 'lake' } }));
        const { Tags } = await client.send(new ListTagsForStreamCommand({ StreamName }));
        expect(Tags).toEqual([{ Key: 'team', Value: 'lake' }]);
      });

      fact('consumers are registered once by name, listed, and taken away', async () => {
        const StreamName = await newStream();
        const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
        const consumer = { StreamARN: StreamDescriptionSummary!.StreamARN!, ConsumerName: 'reader' };
        const { Consumer } = await client.send(new RegisterStreamConsumerCommand(consumer));
        expect(Consumer!.ConsumerARN).toContain(`${consumer.StreamARN}/consumer/reader:`);
        expect(await refusal(client.send(new RegisterStreamConsumerCommand(consumer)))).toBe('ResourceInUseException');
        const listed = await client.send(new ListStreamConsumersCommand({ StreamARN: consumer.StreamARN }));
        expect(listed.Consumers!.map(({ ConsumerName }) => ConsumerName)).toEqual(['reader']);
        await client.send(new DeregisterStreamConsumerCommand(consumer));
      });

      fact(
        'a stream made anew under an old name is empty, continues no iterator and numbers on above the old',
        async () => {
          const StreamName = await newStream();
          const old = await put(StreamName, 'old');
          const before = await iterator(StreamName);
          await client.send(new DeleteStreamCommand({ StreamName }));
          for (;;) {
            const gone = await refusal(client.send(new DescribeStreamSummaryCommand({ StreamName }))).catch(
              () => 'still there',
            );
            if (gone === 'ResourceNotFoundException') break;
          }
          await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
          await active(StreamName);
          expect(await refusal(page(before))).toMatch(/^(ResourceNotFound|ExpiredIterator|InvalidArgument)Exception$/);
          expect((await read(StreamName)).texts).toEqual([]);
          expect(sequence(await put(StreamName, 'new'))).toBeGreaterThan(sequence(old));
        },
      );
    });

    describe('putting records', () => {
      fact('data, partition key and arrival time come back', async () => {
        const StreamName = await newStream();
        const Data = Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * 7) % 256));
        await client.send(new PutRecordCommand({ StreamName, PartitionKey: 'schlüssel ✓', Data }));
        await client.send(new PutRecordCommand({ StreamName, PartitionKey: 'empty', Data: Buffer.alloc(0) }));
        const { records } = await read(StreamName);
        expect(Buffer.from(records[0]!.Data!).equals(Data)).toBe(true);
        expect(records.map(({ PartitionKey }) => PartitionKey)).toEqual(['schlüssel ✓', 'empty']);
        expect(records[1]!.Data).toHaveLength(0);
        const arrivedMs = records[0]!.ApproximateArrivalTimestamp!.getTime();
        expect(Math.abs(arrivedMs - Date.now())).toBeLessThan(60_000);
      });

      fact(
        'sequence numbers are decimal text of at most 56 digits and rise within a shard in the order put',
        async () => {
          const StreamName = await newStream(2);
          const entries = Array.from({ length: 300 }, (_, i) => ({
            PartitionKey: `k${i % 7}`,
            Data: Buffer.from(`${i}`),
          }));
          const first = await putMany(StreamName, entries);
          const second = await putMany(StreamName, entries);
          expect([first.FailedRecordCount, second.FailedRecordCount]).toEqual([0, 0]);
          for (const { ShardId } of await shards(StreamName)) {
            const answered = [...first.Records!, ...second.Records!].filter((one) => one.ShardId === ShardId);
            const { records } = await read(StreamName, { ShardId: ShardId! });
            expect(answered.length).toBeGreaterThan(0);
            expect(records.map(({ SequenceNumber }) => SequenceNumber)).toEqual(
              answered.map(({ SequenceNumber }) => SequenceNumber),
            );
            for (const [i, record] of records.entries()) {
              expect(record.SequenceNumber).toMatch(/^\d{21,56}$/);
              if (i > 0) expect(sequence(record)).toBeGreaterThan(sequence(records[i - 1]!));
            }
          }
        },
      );

      fact('a record goes to the shard of its key’s MD5, or of its explicit hash key', async () => {
        const StreamName = await newStream(4);
        const listed = await shards(StreamName);
        // MD5 of "a" is 0cc175b9…, of "b" 92eb5ffe…
        expect((await put(StreamName, 'x', 'a')).ShardId).toBe(listed[0]!.ShardId);
        expect((await put(StreamName, 'x', 'b')).ShardId).toBe(listed[2]!.ShardId);
        for (const shard of listed) {
          const ExplicitHashKey = String(range(shard)[1]);
          const placed = await client.send(
            new PutRecordCommand({ StreamName, PartitionKey: 'a', ExplicitHashKey, Data: Buffer.from('x') }),
          );
          expect(placed.ShardId).toBe(shard.ShardId);
        }
        const beyond = { PartitionKey: 'a', ExplicitHashKey: String(keySpace), Data: Buffer.from('x') };
        expect(await refusal(client.send(new PutRecordCommand({ StreamName, ...beyond })))).toBe(
          'InvalidArgumentException',
        );
      });

      fact('records reach 1 MiB, partition key included, and no more', async () => {
        const StreamName = await newStream();
        const putSized = (bytes: number) =>
          client.send(new PutRecordCommand({ StreamName, PartitionKey: 'key', Data: Buffer.alloc(bytes - 3, 120) }));
        await putSized(mib);
        expect(await refusal(putSized(mib + 1))).toMatch(/^(Validation|InvalidArgument)Exception$/);
        const { records } = await read(StreamName);
        expect(records.map(({ Data }) => Data!.length)).toEqual([mib - 3]);
      });

      fact('a stream may allow records of up to 10 MiB', async () => {
        const StreamName = await newStream(1, { MaxRecordSizeInKiB: 10_240 });
        await client.send(new PutRecordCommand({ StreamName, PartitionKey: 'key', Data: Buffer.alloc(9 * mib) }));
        expect((await read(StreamName)).records.map(({ Data }) => Data!.length)).toEqual([9 * mib]);
      });

      fact('one request takes 1 to 500 records and up to 10 MiB; a refused request stores nothing', async () => {
        const StreamName = await newStream();
        const entries = (count: number, bytes: number) =>
          Array.from({ length: count }, () => ({ PartitionKey: 'key', Data: Buffer.alloc(bytes, 120) }));
        expect(await refusal(putMany(StreamName, entries(501, 1)))).toMatch(/^(Validation|InvalidArgument)Exception$/);
        expect(await refusal(putMany(StreamName, []))).toMatch(/^(Validation|InvalidArgument)Exception$/);
        expect(await refusal(putMany(StreamName, entries(11, mib - 3)))).toMatch(
          /^(Validation|InvalidArgument)Exception$/,
        );
        expect((await read(StreamName)).records).toHaveLength(0);
        expect((await putMany(StreamName, entries(500, 1))).Records).toHaveLength(500);
      });

      fact('partition keys have 1 to 256 characters', async () => {
        const StreamName = await newStream();
        await put(StreamName, 'x', 'ü'.repeat(256));
        expect(await refusal(put(StreamName, 'x', 'a'.repeat(257)))).toMatch(/^(Validation|InvalidArgument)Exception$/);
      });

      fact('writers at once lose nothing, double nothing, and each keeps its order', async () => {
        const StreamName = await newStream(2);
        const writers = 8;
        const each = 25;
        await Promise.all(
          Array.from({ length: writers }, async (_, writer) => {
            for (let i = 0; i < each; i++) await put(StreamName, `${writer}:${i}`, `writer-${writer}`);
          }),
        );
        const found = new Map<number, number[]>();
        for (const { ShardId } of await shards(StreamName)) {
          for (const text of (await read(StreamName, { ShardId: ShardId! })).texts) {
            const [writer, i] = text.split(':').map(Number);
            found.set(writer!, [...(found.get(writer!) ?? []), i!]);
          }
        }
        const inOrder = Array.from({ length: each }, (_, i) => i);
        for (let writer = 0; writer < writers; writer++) expect(found.get(writer)).toEqual(inOrder);
      });
    });

    describe('reading records', () => {
      fact('iterators start at the horizon, at or after a sequence number, and at the tip', async () => {
        const StreamName = await newStream();
        const places = [];
        for (const text of ['a', 'b', 'c']) places.push(await put(StreamName, text));
        const StartingSequenceNumber = places[1]!.SequenceNumber!;
        const tip = await iterator(StreamName, { ShardIteratorType: 'LATEST' });
        await put(StreamName, 'd');
        expect((await read(StreamName)).texts).toEqual(['a', 'b', 'c', 'd']);
        const at = { ShardIteratorType: 'AT_SEQUENCE_NUMBER' as const, StartingSequenceNumber };
        const after = { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber };
        expect((await read(StreamName, at)).texts).toEqual(['b', 'c', 'd']);
        expect((await read(StreamName, after)).texts).toEqual(['c', 'd']);
        expect((await drain(tip)).texts).toEqual(['d']);
        const { StartingSequenceNumber: first } = (await shards(StreamName))[0]!.SequenceNumberRange!;
        expect((await read(StreamName, { ...at, StartingSequenceNumber: first! })).texts).toEqual(['a', 'b', 'c', 'd']);
      });

      fact('an iterator at a timestamp starts with the first record that arrived then or later', async () => {
        const StreamName = await newStream();
        await put(StreamName, 'early');
        const early = (await read(StreamName)).records[0]!.ApproximateArrivalTimestamp!;
        let late = early;
        while (late.getTime() === early.getTime()) {
          await put(StreamName, 'late');
          late = (await read(StreamName)).records.at(-1)!.ApproximateArrivalTimestamp!;
        }
        const from = async (timeMs: number) =>
          (await read(StreamName, { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(timeMs) })).texts;
        expect((await from(early.getTime() - 60_000))[0]).toBe('early');
        expect(new Set(await from(late.getTime()))).toEqual(new Set(['late']));
        expect(await from(late.getTime() + 1000)).toEqual([]);
      });

      fact('a limit cuts the page, the lag is told, and the iterator goes on behind it', async () => {
        const StreamName = await newStream();
        await putMany(
          StreamName,
          Array.from({ length: 10 }, (_, i) => ({ PartitionKey: 'k', Data: Buffer.from(`${i}`) })),
        );
        await new Promise((resolve) => setTimeout(resolve, 5));
        const first = await page(await iterator(StreamName), 4);
        expect(first.Records).toHaveLength(4);
        expect(first.MillisBehindLatest).toBeGreaterThan(0);
        const second = await page(first.NextShardIterator!, 10_000);
        expect(second.Records!.map(({ Data }) => Buffer.from(Data!).toString())).toEqual([
          '4',
          '5',
          '6',
          '7',
          '8',
          '9',
        ]);
        expect(second.MillisBehindLatest).toBe(0);
      });

      fact('an iterator may be used again and gives the same records', async () => {
        const StreamName = await newStream();
        await put(StreamName, 'once');
        const start = await iterator(StreamName);
        expect((await page(start)).Records).toHaveLength(1);
        expect((await page(start)).Records).toHaveLength(1);
      });

      fact('at the tip an open shard gives no records, no lag, and an iterator that sees what comes', async () => {
        const StreamName = await newStream();
        const empty = await page(await iterator(StreamName));
        expect(empty).toMatchObject({ Records: [], MillisBehindLatest: 0 });
        await put(StreamName, 'now');
        expect((await drain(empty.NextShardIterator!)).texts).toEqual(['now']);
      });

      fact('one answer holds no more than 10 MiB', async () => {
        const StreamName = await newStream();
        for (let i = 0; i < 12; i++) {
          await client.send(new PutRecordCommand({ StreamName, PartitionKey: 'k', Data: Buffer.alloc(mib - 1, i) }));
        }
        const first = await page(await iterator(StreamName));
        const bytes = first.Records!.reduce((sum, { Data }) => sum + Data!.length, 0);
        expect(bytes).toBeLessThanOrEqual(10 * mib);
        expect(bytes).toBeGreaterThan(0);
        expect((await read(StreamName)).records.map(({ Data }) => Data![0])).toEqual([
          0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
        ]);
      });

      fact('iterators and starting points that were never given out are InvalidArgument', async () => {
        const StreamName = await newStream();
        expect(await refusal(page('bm90IGFuIGl0ZXJhdG9y'))).toMatch(/^(InvalidArgument|Validation)Exception$/);
        const type = 'AFTER_SEQUENCE_NUMBER' as const;
        expect(await refusal(iterator(StreamName, { ShardIteratorType: type, StartingSequenceNumber: '12' }))).toBe(
          'InvalidArgumentException',
        );
        expect(await refusal(iterator(StreamName, { ShardIteratorType: type }))).toMatch(
          /^(InvalidArgument|Validation)Exception$/,
        );
      });
    });

    describe('resharding', () => {
      fact('a split closes the parent, whose records stay and whose last page names the children', async () => {
        const StreamName = await newStream();
        await put(StreamName, 'before');
        const [parent] = await shards(StreamName);
        const NewStartingHashKey = String(keySpace / 4n);
        await client.send(new SplitShardCommand({ StreamName, ShardToSplit: parent!.ShardId!, NewStartingHashKey }));
        await active(StreamName);
        await put(StreamName, 'after', 'a');
        const listed = await shards(StreamName);
        const closed = listed.find(({ ShardId }) => ShardId === parent!.ShardId)!;
        const children = listed.filter(({ ParentShardId }) => ParentShardId === parent!.ShardId);
        expect(children.map(range)).toEqual([
          [0n, keySpace / 4n - 1n],
          [keySpace / 4n, keySpace - 1n],
        ]);
        const end = BigInt(closed.SequenceNumberRange!.EndingSequenceNumber!);
        for (const child of children) {
          expect(BigInt(child.SequenceNumberRange!.StartingSequenceNumber!)).toBeGreaterThan(end);
        }
        const old = await read(StreamName, { ShardId: parent!.ShardId! });
        expect(old).toMatchObject({ texts: ['before'], ended: true });
        expect(old.childShards!.map(({ ShardId }) => ShardId)).toEqual(children.map(({ ShardId }) => ShardId));
        expect(old.childShards![0]!.ParentShards).toEqual([parent!.ShardId]);
        expect((await read(StreamName, { ShardId: children[0]!.ShardId! })).texts).toEqual(['after']);
      });

      fact('a split key must lie inside the shard', async () => {
        const StreamName = await newStream(2);
        const [low] = await shards(StreamName);
        const split = (NewStartingHashKey: bigint) =>
          client.send(
            new SplitShardCommand({
              StreamName,
              ShardToSplit: low!.ShardId!,
              NewStartingHashKey: String(NewStartingHashKey),
            }),
          );
        expect(await refusal(split(0n))).toBe('InvalidArgumentException');
        expect(await refusal(split(keySpace - 1n))).toBe('InvalidArgumentException');
      });

      fact('a merge of adjacent shards has two parents; shards that do not touch are refused', async () => {
        const StreamName = await newStream(3);
        const [a, b, c] = (await shards(StreamName)).map(({ ShardId }) => ShardId!);
        const merge = (ShardToMerge: string, AdjacentShardToMerge: string) =>
          client.send(new MergeShardsCommand({ StreamName, ShardToMerge, AdjacentShardToMerge }));
        expect(await refusal(merge(a!, c!))).toBe('InvalidArgumentException');
        await merge(b!, c!);
        await active(StreamName);
        const child = (await shards(StreamName)).find(({ ParentShardId }) => ParentShardId !== undefined);
        expect(child).toMatchObject({ ParentShardId: b, AdjacentParentShardId: c });
        expect((await shards(StreamName)).filter(isOpen)).toHaveLength(2);
      });

      fact('a shard count spreads the key space evenly, through splits and merges that lose no record', async () => {
        const StreamName = await newStream(2);
        const resize = async (TargetShardCount: number) => {
          await client.send(
            new UpdateShardCountCommand({ StreamName, TargetShardCount, ScalingType: 'UNIFORM_SCALING' }),
          );
          await active(StreamName);
        };
        const sent = [];
        for (const [round, count] of [4, 3, 2].entries()) {
          for (let i = 0; i < 20; i++) {
            sent.push(`${round}:${i}`);
            await put(StreamName, `${round}:${i}`, `key-${i}`);
          }
          await resize(count);
          const open = (await shards(StreamName)).filter(isOpen);
          expect(open).toHaveLength(count);
          const ranges = open.map(range).sort(([a], [b]) => (a < b ? -1 : 1));
          for (const [i, [from]] of ranges.entries()) expect(from).toBe((keySpace * BigInt(i)) / BigInt(count));
        }
        const texts = [];
        for (const { ShardId } of await shards(StreamName)) {
          texts.push(...(await read(StreamName, { ShardId: ShardId! })).texts);
        }
        expect(texts.sort()).toEqual(sent.sort());
        expect(await refusal(resize(5))).toMatch(/^(LimitExceeded|InvalidArgument)Exception$/);
      });

      fact('shards are listed by filter and page by page', async () => {
        const StreamName = await newStream(2);
        const [low] = await shards(StreamName);
        await client.send(
          new SplitShardCommand({ StreamName, ShardToSplit: low!.ShardId!, NewStartingHashKey: '1000' }),
        );
        await active(StreamName);
        expect((await shards(StreamName, { ShardFilter: { Type: 'AT_LATEST' } })).every(isOpen)).toBe(true);
        const afterLow = { ShardFilter: { Type: 'AFTER_SHARD_ID' as const, ShardId: low!.ShardId! } };
        expect(await shards(StreamName, afterLow)).toHaveLength(3);
        const first = await client.send(new ListShardsCommand({ StreamName, MaxResults: 3 }));
        const second = await client.send(new ListShardsCommand({ NextToken: first.NextToken! }));
        expect([...first.Shards!, ...second.Shards!]).toEqual(await shards(StreamName));
      });
    });
  });
}
