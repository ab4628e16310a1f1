import { CreateStreamCommand, SplitShardCommand } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { MappingBench } from './mapping-bench.ts';

const numbered = (count: number, prefix = 'r'): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const until = (assertion: () => void) => vi.waitFor(assertion, { timeout: 15_000, interval: 20 });

describe('a Kinesis mapping', () => {
  let bench: MappingBench;
  beforeAll(async () => {
    bench = await MappingBench.start();
  });
  afterAll(() => bench.close());

  const newStream = async (shards = 1): Promise<string> => {
    const name = bench.fresh('stream');
    await bench.client.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }));
    return name;
  };

  it('gives batches of BatchSize records at most, in the order of the shard', async () => {
    const stream = await newStream();
    await bench.put(stream, numbered(25), 'one');
    const fn = bench.function('return { batchItemFailures: [] };');
    bench.kinesisMapping(stream, fn, { batchSize: 10 });
    await until(() => expect(fn.seen()).toHaveLength(25));
    expect(fn.seen()).toEqual(numbered(25));
    expect(fn.calls().map(({ values }) => values.length)).toEqual([10, 10, 5]);
  });

  it('takes 10,000 records into one batch', async () => {
    const stream = await newStream();
    await bench.put(stream, numbered(10_050), 'one');
    const fn = bench.function('return null;');
    bench.kinesisMapping(stream, fn, { batchSize: 10_000 });
    await until(() => expect(fn.seen()).toHaveLength(10_050));
    expect(fn.calls()[0]?.values).toHaveLength(10_000);
  });

  it('closes a batch that is not full at the end of its window', async () => {
    const stream = await newStream();
    const fn = bench.function('return null;');
    bench.kinesisMapping(stream, fn, { windowMs: 400 });
    const startedMs = Date.now();
    await bench.put(stream, ['a'], 'one');
    await new Promise((resolve) => setTimeout(resolve, 100));
    await bench.put(stream, ['b'], 'one');
    await until(() => expect(fn.calls()).toHaveLength(1));
    expect(fn.calls()[0]?.values).toEqual(['a', 'b']);
    expect(fn.calls()[0]!.atMs - startedMs).toBeGreaterThanOrEqual(390);
  });

  it('lets the window of the next batch pass, and the batch grow, while one is delivered', async () => {
    const stream = await newStream();
    const fn = bench.function(
      `if (call === 1) await new Promise((resolve) => setTimeout(resolve, 1500)); return null;`,
    );
    bench.kinesisMapping(stream, fn, { windowMs: 1000 });
    await bench.put(stream, ['a'], 'one');
    await until(() => expect(fn.calls()).toHaveLength(1));
    await bench.put(stream, ['b'], 'one');
    await new Promise((resolve) => setTimeout(resolve, 1200));
    await bench.put(stream, ['c'], 'one');
    await until(() => expect(fn.calls()).toHaveLength(2));
    const [first, second] = fn.calls();
    expect(second?.values).toEqual(['b', 'c']);
    expect(second!.atMs - first!.atMs).toBeLessThan(2400);
  });

  it('keeps the whole event, envelope and base64 counted, within 6 MB', async () => {
    const stream = await newStream();
    const values = numbered(12).map((value) => value.padEnd(800_000, '.'));
    for (const value of values) await bench.put(stream, [value], 'one');
    const fn = bench.function('return null;');
    bench.kinesisMapping(stream, fn, { windowMs: 200 });
    await until(() => expect(fn.seen()).toHaveLength(12));
    const sizes = fn.calls().map(({ eventBytes }) => eventBytes);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(6 * 1024 * 1024);
    expect(fn.calls().map(({ values: batch }) => batch.length)).toEqual([5, 5, 2]);
  });

  it('gives up a record whose event alone passes 6 MB, as MaximumPayloadSizeExceeded', async () => {
    const stream = await newStream();
    const { UpdateMaxRecordSizeCommand } = await import('@aws-sdk/client-kinesis');
    const streamArn = `arn:aws:kinesis:us-east-1:000000000000:stream/${stream}`;
    await bench.client.send(new UpdateMaxRecordSizeCommand({ StreamARN: streamArn, MaxRecordSizeInKiB: 10_240 }));
    await bench.put(stream, ['before', Buffer.alloc(5_000_000, 'x'), 'after'], 'one');
    const fn = bench.function('return null;');
    bench.kinesisMapping(stream, fn, { failureBucket: 'failures' });
    await until(() => expect(fn.seen()).toEqual(['before', 'after']));
    const kept = JSON.parse(bench.stored.find(({ key }) => key.includes(stream))!.body);
    expect(kept.requestContext.condition).toBe('MaximumPayloadSizeExceeded');
    expect(kept.KinesisBatchInfo.batchSize).toBe(1);
  });

  it('halves a batch at a crash, whatever the response type, until the record stands alone', async () => {
    const stream = await newStream();
    await bench.put(stream, ['a', 'b', 'poison', 'd'], 'one');
    const fn = bench.function(`if (values.includes('poison') && values.length > 1) process.exit(1); return null;`);
    bench.kinesisMapping(stream, fn, { bisectOnError: true });
    await until(() => expect(fn.calls().at(-1)?.values).toEqual(['d']));
    expect(fn.calls().map(({ values }) => values.join(''))).toEqual(['abpoisond', 'ab', 'poisond', 'poison', 'd']);
  });

  it('does not count halving as a retry', async () => {
    const stream = await newStream();
    await bench.put(stream, ['a', 'b', 'poison', 'd'], 'one');
    const fn = bench.function(`if (values.includes('poison')) throw new Error('poison'); return null;`);
    bench.kinesisMapping(stream, fn, { bisectOnError: true, maxRetryAttempts: 0, failureBucket: 'failures' });
    await until(() => expect(fn.calls().at(-1)?.values).toEqual(['d']));
    expect(fn.calls().map(({ values }) => values.join(''))).toEqual(['abpoisond', 'ab', 'poisond', 'poison', 'd']);
  });

  it('retries the whole batch after an error without bisecting', async () => {
    const stream = await newStream();
    await bench.put(stream, ['a', 'b'], 'one');
    const fn = bench.function(`if (call < 4) throw new Error('not yet'); return null;`);
    bench.kinesisMapping(stream, fn);
    await until(() => expect(fn.calls()).toHaveLength(4));
    expect(fn.calls().map(({ values }) => values)).toEqual(Array(4).fill(['a', 'b']));
  });

  it('goes on at the number that a partial response returns', async () => {
    const stream = await newStream();
    await bench.put(stream, ['a', 'b', 'c', 'd'], 'one');
    const fn = bench.function(`
      const failed = call === 1 ? records.filter((_, index) => index >= 2).reverse() : [];
      return { batchItemFailures: failed.map((record) => ({ itemIdentifier: record.kinesis.sequenceNumber })) };`);
    bench.kinesisMapping(stream, fn, { bisectOnError: true });
    await until(() => expect(fn.calls()).toHaveLength(2));
    expect(fn.calls()[1]?.values).toEqual(['c', 'd']);
  });

  it.each([
    ['an unknown identifier', `{ batchItemFailures: [{ itemIdentifier: '12345' }] }`],
    ['an empty identifier', `{ batchItemFailures: [{ itemIdentifier: '' }] }`],
    ['an identifier under another name', `{ batchItemFailures: [{ id: records[1].kinesis.sequenceNumber }] }`],
  ])('retries the whole batch after %s', async (_, answer) => {
    const stream = await newStream();
    await bench.put(stream, ['a', 'b'], 'one');
    const fn = bench.function(`return call === 1 ? ${answer} : null;`);
    bench.kinesisMapping(stream, fn);
    await until(() => expect(fn.calls()).toHaveLength(2));
    expect(fn.calls()[1]?.values).toEqual(['a', 'b']);
  });

  it.each([
    ['null', 'null'],
    ['an empty object', '{}'],
    ['no failures', '{ batchItemFailures: [] }'],
    ['null failures', '{ batchItemFailures: null }'],
  ])('takes %s as success', async (_, answer) => {
    const stream = await newStream();
    await bench.put(stream, ['a'], 'one');
    const fn = bench.function(`return ${answer};`);
    const mapping = bench.kinesisMapping(stream, fn);
    await until(() => expect(mapping.report()).toMatchObject({ lag: 0, records: 1, busy: false }));
    expect(fn.calls()).toHaveLength(1);
  });

  it('does not read partial responses where the mapping does not ask for them', async () => {
    const stream = await newStream();
    await bench.put(stream, ['a'], 'one');
    const fn = bench.function('return { batchItemFailures: [{ itemIdentifier: records[0].kinesis.sequenceNumber }] };');
    const mapping = bench.kinesisMapping(stream, fn, { reportItemFailures: false });
    await until(() => expect(mapping.report()).toMatchObject({ lag: 0, records: 1 }));
    expect(fn.calls()).toHaveLength(1);
  });

  it('puts a batch whose retries are used up into its S3 destination, event included, and goes on', async () => {
    const stream = await newStream();
    await bench.put(stream, ['bad'], 'one');
    const fn = bench.function(`if (values.includes('bad')) throw new Error('bad'); return null;`);
    bench.kinesisMapping(stream, fn, { maxRetryAttempts: 2, failureBucket: 'failures' });
    await until(() => expect(bench.stored.some(({ key }) => key.includes(stream))).toBe(true));
    await bench.put(stream, ['good'], 'one');
    await until(() => expect(fn.seen().at(-1)).toBe('good'));
    expect(fn.seen()).toEqual(['bad', 'bad', 'bad', 'good']);
    const { bucket, key, body } = bench.stored.find((object) => object.key.includes(stream))!;
    const kept = JSON.parse(body);
    expect(bucket).toBe('failures');
    expect(key).toMatch(
      /^aws\/lambda\/test\.stream-\d+\/shardId-000000000000\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-/,
    );
    expect(kept.requestContext).toMatchObject({ condition: 'RetryAttemptsExhausted', approximateInvokeCount: 3 });
    expect(kept.KinesisBatchInfo).toMatchObject({ shardId: 'shardId-000000000000', batchSize: 1 });
    expect(Buffer.from(JSON.parse(kept.payload).Records[0].kinesis.data, 'base64').toString()).toBe('bad');
  });

  it('gives up records past MaximumRecordAge', async () => {
    const stream = await newStream();
    await bench.put(stream, ['old'], 'one');
    const fn = bench.function(`if (values.includes('old')) throw new Error('old'); return null;`);
    bench.kinesisMapping(stream, fn, { maxRecordAgeMs: 700, failureBucket: 'failures' });
    await until(() => expect(bench.stored.some(({ key }) => key.includes(stream))).toBe(true));
    const kept = JSON.parse(bench.stored.find(({ key }) => key.includes(stream))!.body);
    expect(kept.requestContext.condition).toBe('RecordAgeExceeded');
    await bench.put(stream, ['new'], 'one');
    await until(() => expect(fn.seen().at(-1)).toBe('new'));
  });

  it('holds back the records behind a failing batch, of its shard only', async () => {
    const stream = await newStream(2);
    const [left, right] = await Promise.all(
      bench.kinesis.shards(stream).map(async ({ shardId }) => {
        for (let probe = 0; ; probe++) {
          const key = `${shardId}-${probe}`;
          await bench.put(stream, [`probe ${key}`], key);
          const { records } = bench.kinesis.readShard(stream, shardId, { type: 'TRIM_HORIZON' }, 100, 1_000_000);
          if (records.some(({ partitionKey }) => partitionKey === key)) return key;
        }
      }),
    );
    await bench.put(stream, ['bad'], left);
    const fn = bench.function(`if (values.includes('bad')) throw new Error('bad'); return null;`);
    bench.kinesisMapping(stream, fn, { startingPosition: { type: 'TRIM_HORIZON' } });
    await until(() => expect(fn.seen()).toContain('bad'));
    await bench.put(stream, ['behind'], left);
    await bench.put(stream, ['beside'], right);
    await until(() => expect(fn.seen()).toContain('beside'));
    expect(fn.seen()).not.toContain('behind');
  });

  it('reads children only when their parent is finished', async () => {
    const stream = await newStream();
    await bench.put(stream, ['parent 1', 'parent 2'], 'one');
    await bench.client.send(
      new SplitShardCommand({
        StreamName: stream,
        ShardToSplit: 'shardId-000000000000',
        NewStartingHashKey: String(2n ** 127n),
      }),
    );
    await bench.put(stream, ['child a', 'child b', 'child c']);
    const fn = bench.function(
      `if (call < 4 && values[0].startsWith('parent')) throw new Error('not yet'); return null;`,
    );
    const mapping = bench.kinesisMapping(stream, fn, { batchSize: 1 });
    await until(() => expect(mapping.report().lag).toBe(0));
    expect(fn.seen().slice(0, 5)).toEqual(['parent 1', 'parent 1', 'parent 1', 'parent 1', 'parent 2']);
    expect(fn.seen().slice(5).sort()).toEqual(['child a', 'child b', 'child c']);
  });

  it('starts at LATEST where it was made, also when it is restarted before the first record', async () => {
    const stream = await newStream();
    await bench.put(stream, ['before'], 'one');
    const fn = bench.function('return null;');
    const latest = { startingPosition: { type: 'LATEST' } } as const;
    await bench.kinesisMapping(stream, fn, latest).stop();
    await bench.put(stream, ['between'], 'one');
    bench.kinesisMapping(stream, fn, latest);
    await until(() => expect(fn.seen()).toEqual(['between']));
  });

  it('starts at a time', async () => {
    const stream = await newStream();
    await bench.put(stream, ['before'], 'one');
    await new Promise((resolve) => setTimeout(resolve, 20));
    const timeMs = Date.now();
    await bench.put(stream, ['after'], 'one');
    const fn = bench.function('return null;');
    bench.kinesisMapping(stream, fn, { startingPosition: { type: 'AT_TIMESTAMP', timeMs } });
    await until(() => expect(fn.seen()).toEqual(['after']));
  });

  it('is another one where it begins elsewhere: what was acknowledged is read again', async () => {
    const stream = await newStream();
    await bench.put(stream, ['a', 'b'], 'one');
    const fn = bench.function('return null;');
    const first = bench.kinesisMapping(stream, fn);
    await until(() => expect(first.report().lag).toBe(0));
    await first.stop();
    const startingPosition = { type: 'AT_TIMESTAMP', timeMs: 1_000 } as const;
    for (const again of [startingPosition, startingPosition, { type: 'TRIM_HORIZON' } as const]) {
      const mapping = bench.kinesisMapping(stream, fn, { startingPosition: again });
      await until(() => expect(mapping.report().lag).toBe(0));
      await mapping.stop();
    }
    expect(fn.seen()).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  });

  it('goes on behind what was acknowledged when it is started again, and repeats what was not', async () => {
    const stream = await newStream();
    await bench.put(stream, ['a', 'b', 'c'], 'one');
    const failing = bench.function(`
      return { batchItemFailures: records.slice(1).map((record) => ({ itemIdentifier: record.kinesis.sequenceNumber })) };`);
    const first = bench.kinesisMapping(stream, failing, { batchSize: 2 });
    await until(() => expect(failing.calls().length).toBeGreaterThan(0));
    await first.stop();
    const fn = bench.function('return null;');
    const second = bench.kinesisMapping(stream, fn);
    await until(() => expect(second.report().lag).toBe(0));
    expect([...new Set([...failing.seen(), ...fn.seen()])].sort()).toEqual(['a', 'b', 'c']);
    expect(fn.seen()).not.toContain('a');
    expect(fn.seen()).toContain('c');
  });

  it('redelivers a batch whose process was killed', async () => {
    const stream = await newStream();
    await bench.put(stream, ['a'], 'one');
    const fn = bench.function(
      `if (call === 1) await new Promise((resolve) => setTimeout(resolve, 8000)); return null;`,
    );
    const mapping = bench.kinesisMapping(stream, fn);
    await until(() => expect(fn.calls()).toHaveLength(1));
    expect(fn.hosted.kill()).toEqual({ killed: true, running: true });
    await until(() => expect(mapping.report()).toMatchObject({ lag: 0, failures: 1 }));
    expect(fn.seen()).toEqual(['a', 'a']);
  });
});
