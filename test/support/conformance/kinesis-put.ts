import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import { describe, expect } from 'vitest';
import { type Fact, type KinesisProbe, keySpace, range, refusal, sequence } from './kinesis-probe.ts';

const mib = 1024 * 1024;

/** Putting records. */
export function putFacts({ send, newStream, shards, put, putMany, read }: KinesisProbe, fact: Fact): void {
  describe('putting records', () => {
    fact('data, partition key and arrival time come back', async () => {
      const StreamName = await newStream();
      const Data = Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * 7) % 256));
      await send(new PutRecordCommand({ StreamName, PartitionKey: 'schlüssel ✓', Data }));
      await send(new PutRecordCommand({ StreamName, PartitionKey: 'empty', Data: Buffer.alloc(0) }));
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
        const placed = await send(
          new PutRecordCommand({ StreamName, PartitionKey: 'a', ExplicitHashKey, Data: Buffer.from('x') }),
        );
        expect(placed.ShardId).toBe(shard.ShardId);
      }
      const beyond = { PartitionKey: 'a', ExplicitHashKey: String(keySpace), Data: Buffer.from('x') };
      expect(await refusal(send(new PutRecordCommand({ StreamName, ...beyond })))).toBe('InvalidArgumentException');
    });

    fact('records reach 1 MiB, partition key included, and no more', async () => {
      const StreamName = await newStream();
      const putSized = (bytes: number) =>
        send(new PutRecordCommand({ StreamName, PartitionKey: 'key', Data: Buffer.alloc(bytes - 3, 120) }));
      await putSized(mib);
      expect(await refusal(putSized(mib + 1))).toMatch(/^(Validation|InvalidArgument)Exception$/);
      const { records } = await read(StreamName);
      expect(records.map(({ Data }) => Data!.length)).toEqual([mib - 3]);
    });

    fact('a stream may allow records of up to 10 MiB', async () => {
      const StreamName = await newStream(1, { MaxRecordSizeInKiB: 10_240 });
      await send(new PutRecordCommand({ StreamName, PartitionKey: 'key', Data: Buffer.alloc(9 * mib) }));
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
}
