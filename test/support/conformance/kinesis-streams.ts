import {
  AddTagsToStreamCommand,
  CreateStreamCommand,
  DecreaseStreamRetentionPeriodCommand,
  DeleteStreamCommand,
  DeregisterStreamConsumerCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  IncreaseStreamRetentionPeriodCommand,
  ListShardsCommand,
  ListStreamConsumersCommand,
  ListStreamsCommand,
  ListTagsForStreamCommand,
  PutRecordCommand,
  RegisterStreamConsumerCommand,
} from '@aws-sdk/client-kinesis';
import { describe, expect } from 'vitest';
import { type Fact, type KinesisProbe, keySpace, range, refusal, sequence, until } from './kinesis-probe.ts';

/** Streams as a whole. */
export function streamFacts(
  { send, freshName, newStream, active, shards, put, iterator, page, read }: KinesisProbe,
  fact: Fact,
): void {
  describe('streams', () => {
    fact('a new stream becomes active, and its shards divide the key space without a gap', async () => {
      const StreamName = await newStream(3);
      const listed = await shards(StreamName);
      const ranges = listed.map(range);
      expect(listed.map(({ ShardId }) => ShardId)).toEqual([0, 1, 2].map((i) => `shardId-00000000000${i}`));
      expect(ranges[0]![0]).toBe(0n);
      expect(ranges.at(-1)![1]).toBe(keySpace - 1n);
      for (const [i, [from]] of ranges.entries()) if (i > 0) expect(from).toBe(ranges[i - 1]![1] + 1n);
      const { StreamDescriptionSummary } = await send(new DescribeStreamSummaryCommand({ StreamName }));
      expect(StreamDescriptionSummary).toMatchObject({
        OpenShardCount: 3,
        RetentionPeriodHours: 24,
        ConsumerCount: 0,
      });
    });

    fact('a stream is named by its ARN as well', async () => {
      const StreamName = await newStream(2);
      const { StreamDescription } = await send(new DescribeStreamCommand({ StreamName }));
      const { StreamARN } = StreamDescription!;
      expect(StreamARN).toMatch(new RegExp(`^arn:aws:kinesis:[a-z0-9-]+:\\d{12}:stream/${StreamName}$`));
      expect(StreamDescription!.Shards).toHaveLength(2);
      await send(new PutRecordCommand({ StreamARN, PartitionKey: 'a', Data: Buffer.from('by ARN') }));
      const listed = await send(new ListShardsCommand({ StreamARN }));
      const texts = await Promise.all(listed.Shards!.map(({ ShardId }) => read(StreamName, { ShardId: ShardId! })));
      expect(texts.flatMap((one) => one.texts)).toEqual(['by ARN']);
    });

    fact('a name that is taken is ResourceInUse, one that is unknown ResourceNotFound', async () => {
      const StreamName = await newStream();
      const absent = freshName();
      const ShardId = 'shardId-000000000000';
      expect(await refusal(send(new CreateStreamCommand({ StreamName, ShardCount: 1 })))).toBe(
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
      await until('all streams are listed', async () => {
        const after = found.at(-1);
        const { StreamNames, HasMoreStreams } = await send(
          new ListStreamsCommand({ Limit: 1, ...(after !== undefined && { ExclusiveStartStreamName: after }) }),
        );
        expect(StreamNames).toHaveLength(1);
        found.push(...StreamNames!);
        return !HasMoreStreams;
      });
      expect(found).toEqual(expect.arrayContaining(names));
      expect(new Set(found).size).toBe(found.length);
    });

    fact('an on-demand stream starts with four shards', async () => {
      const StreamName = freshName();
      await send(new CreateStreamCommand({ StreamName, StreamModeDetails: { StreamMode: 'ON_DEMAND' } }));
      await active(StreamName);
      const { StreamDescriptionSummary } = await send(new DescribeStreamSummaryCommand({ StreamName }));
      expect(StreamDescriptionSummary).toMatchObject({
        OpenShardCount: 4,
        StreamModeDetails: { StreamMode: 'ON_DEMAND' },
      });
    });

    fact('retention is 24 hours to 365 days and changes only in the direction asked for', async () => {
      const StreamName = await newStream();
      const increase = (RetentionPeriodHours: number) =>
        send(new IncreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours }));
      const decrease = (RetentionPeriodHours: number) =>
        send(new DecreaseStreamRetentionPeriodCommand({ StreamName, RetentionPeriodHours }));
      await increase(168);
      await active(StreamName);
      const { StreamDescriptionSummary } = await send(new DescribeStreamSummaryCommand({ StreamName }));
      expect(StreamDescriptionSummary!.RetentionPeriodHours).toBe(168);
      expect(await refusal(increase(48))).toBe('InvalidArgumentException');
      expect(await refusal(increase(8761))).toBe('InvalidArgumentException');
      expect(await refusal(decrease(200))).toBe('InvalidArgumentException');
      await decrease(24);
    });

    fact('tags are kept', async () => {
      const StreamName = await newStream();
      await send(new AddTagsToStreamCommand({ StreamName, Tags: { team: 'lake' } }));
      const { Tags } = await send(new ListTagsForStreamCommand({ StreamName }));
      expect(Tags).toEqual([{ Key: 'team', Value: 'lake' }]);
    });

    fact('consumers are registered once by name, listed, and taken away', async () => {
      const StreamName = await newStream();
      const { StreamDescriptionSummary } = await send(new DescribeStreamSummaryCommand({ StreamName }));
      const consumer = { StreamARN: StreamDescriptionSummary!.StreamARN!, ConsumerName: 'reader' };
      const { Consumer } = await send(new RegisterStreamConsumerCommand(consumer));
      expect(Consumer!.ConsumerARN).toContain(`${consumer.StreamARN}/consumer/reader:`);
      expect(await refusal(send(new RegisterStreamConsumerCommand(consumer)))).toBe('ResourceInUseException');
      const listed = await send(new ListStreamConsumersCommand({ StreamARN: consumer.StreamARN }));
      expect(listed.Consumers!.map(({ ConsumerName }) => ConsumerName)).toEqual(['reader']);
      await send(new DeregisterStreamConsumerCommand(consumer));
    });

    fact(
      'a stream made anew under an old name is empty, continues no iterator and numbers on above the old',
      async () => {
        const StreamName = await newStream();
        const old = await put(StreamName, 'old');
        const before = await iterator(StreamName);
        await send(new DeleteStreamCommand({ StreamName }));
        await until('the stream is gone', async () => {
          const gone = send(new DescribeStreamSummaryCommand({ StreamName }));
          return (await gone.catch(({ name }: Error) => name)) === 'ResourceNotFoundException';
        });
        await send(new CreateStreamCommand({ StreamName, ShardCount: 1 }));
        await active(StreamName);
        expect(await refusal(page(before))).toMatch(/^(ResourceNotFound|ExpiredIterator|InvalidArgument)Exception$/);
        expect((await read(StreamName)).texts).toEqual([]);
        expect(sequence(await put(StreamName, 'new'))).toBeGreaterThan(sequence(old));
      },
    );
  });
}
