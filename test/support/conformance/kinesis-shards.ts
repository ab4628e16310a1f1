import {
  ListShardsCommand,
  MergeShardsCommand,
  SplitShardCommand,
  UpdateShardCountCommand,
} from '@aws-sdk/client-kinesis';
import { describe, expect } from 'vitest';
import { type Fact, isOpen, type KinesisProbe, keySpace, range, refusal } from './kinesis-probe.ts';

/** Splitting, merging and listing shards. */
export function shardFacts({ send, newStream, active, shards, put, read }: KinesisProbe, fact: Fact): void {
  describe('resharding', () => {
    fact('a split closes the parent, whose records stay and whose last page names the children', async () => {
      const StreamName = await newStream();
      await put(StreamName, 'before');
      const [parent] = await shards(StreamName);
      const NewStartingHashKey = String(keySpace / 4n);
      await send(new SplitShardCommand({ StreamName, ShardToSplit: parent!.ShardId!, NewStartingHashKey }));
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
        send(
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
        send(new MergeShardsCommand({ StreamName, ShardToMerge, AdjacentShardToMerge }));
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
        await send(new UpdateShardCountCommand({ StreamName, TargetShardCount, ScalingType: 'UNIFORM_SCALING' }));
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
      await send(new SplitShardCommand({ StreamName, ShardToSplit: low!.ShardId!, NewStartingHashKey: '1000' }));
      await active(StreamName);
      expect((await shards(StreamName, { ShardFilter: { Type: 'AT_LATEST' } })).every(isOpen)).toBe(true);
      const afterLow = { ShardFilter: { Type: 'AFTER_SHARD_ID' as const, ShardId: low!.ShardId! } };
      expect(await shards(StreamName, afterLow)).toHaveLength(3);
      const first = await send(new ListShardsCommand({ StreamName, MaxResults: 3 }));
      const second = await send(new ListShardsCommand({ NextToken: first.NextToken! }));
      expect([...first.Shards!, ...second.Shards!]).toEqual(await shards(StreamName));
    });
  });
}
