import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import { describe, expect } from 'vitest';
import { type Fact, type KinesisProbe, refusal, until } from './kinesis-probe.ts';

const mib = 1024 * 1024;

/** Reading records. */
export function readFacts(
  { send, newStream, shards, put, putMany, iterator, page, drain, read }: KinesisProbe,
  fact: Fact,
): void {
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
      await until('a later millisecond', async () => {
        await put(StreamName, 'late');
        late = (await read(StreamName)).records.at(-1)!.ApproximateArrivalTimestamp!;
        return late.getTime() > early.getTime();
      });
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
      expect(second.Records!.map(({ Data }) => Buffer.from(Data!).toString())).toEqual(['4', '5', '6', '7', '8', '9']);
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
        await send(new PutRecordCommand({ StreamName, PartitionKey: 'k', Data: Buffer.alloc(mib - 1, i) }));
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
}
