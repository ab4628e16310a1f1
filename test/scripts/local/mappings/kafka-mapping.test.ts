import { CompressionTypes, Kafka, logLevel, type Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { MappingBench } from './mapping-bench.ts';

const until = (assertion: () => void) => vi.waitFor(assertion, { timeout: 15_000, interval: 20 });

describe('a Kafka mapping', () => {
  let bench: MappingBench;
  let producer: Producer;
  beforeAll(async () => {
    bench = await MappingBench.start();
    const kafka = new Kafka({ brokers: [bench.kafka.bootstrap], logLevel: logLevel.NOTHING });
    producer = kafka.producer();
    await producer.connect();
  });
  afterAll(async () => {
    await producer.disconnect();
    await bench.close();
  });

  const newTopic = (partitions = 1): string => {
    const name = bench.fresh('topic');
    bench.kafka.ensureTopic(name, partitions);
    return name;
  };
  const send = async (topic: string, values: (string | Buffer | null)[], partition = 0): Promise<void> => {
    await producer.send({ topic, messages: values.map((value) => ({ value, partition })) });
  };

  it('holds several partitions in one batch, each in its order', async () => {
    const topic = newTopic(3);
    await send(topic, ['a1', 'a2'], 0);
    await send(topic, ['b1', 'b2'], 1);
    await send(topic, ['c1'], 2);
    const fn = bench.function('return { batchItemFailures: [] };');
    bench.kafkaMapping(topic, fn, { windowMs: 300 });
    await until(() => expect(fn.seen()).toHaveLength(5));
    expect(fn.calls()).toHaveLength(1);
    for (const letter of ['a', 'b', 'c']) {
      const own = fn.seen().filter((value) => value.startsWith(letter));
      expect(own).toEqual([...own].sort());
    }
  });

  it('writes events as Lambda does: base64, header bytes, no property for a missing key or value', async () => {
    const topic = newTopic(2);
    const timestamp = '1700000000123';
    await producer.send({
      topic,
      messages: [
        { partition: 1, key: 'k', value: 'v', headers: { name: 'hé' }, timestamp },
        { partition: 1, key: 'gone', value: null, timestamp },
        { partition: 1, key: null, value: 'keyless', timestamp },
      ],
    });
    const fn = bench.function('return null;');
    const events: unknown[] = [];
    const { invoke } = fn.hosted;
    fn.hosted.invoke = (payload) => {
      events.push(JSON.parse(payload));
      return invoke.call(fn.hosted, payload);
    };
    bench.kafkaMapping(topic, fn, { windowMs: 300 });
    await until(() => expect(fn.seen()).toHaveLength(3));
    const common = { topic, partition: 1, timestamp: Number(timestamp), timestampType: 'CREATE_TIME' };
    expect(events[0]).toEqual({
      eventSource: 'SelfManagedKafka',
      bootstrapServers: bench.kafka.bootstrap,
      records: {
        [`${topic}-1`]: [
          { ...common, offset: 0, key: 'aw==', value: 'dg==', headers: [{ name: [0x68, 0xc3, 0xa9] }] },
          { ...common, offset: 1, key: 'Z29uZQ==', headers: [] },
          { ...common, offset: 2, value: 'a2V5bGVzcw==', headers: [] },
        ],
      },
    });
  });

  it('names the cluster of MSK in its events', async () => {
    const topic = newTopic();
    await send(topic, ['a']);
    const fn = bench.function(`
      if (event.eventSource !== 'aws:kafka' || event.eventSourceArn !== 'arn:aws:kafka:x') throw new Error('unexpected');
      return null;`);
    const mapping = bench.kafkaMapping(topic, fn, { eventSource: 'aws:kafka', clusterArn: 'arn:aws:kafka:x' });
    await until(() => expect(mapping.report()).toMatchObject({ lag: 0, records: 1, failures: 0 }));
  });

  it('keeps the whole event, envelope and base64 counted, within 6 MB', async () => {
    const topic = newTopic(2);
    for (let index = 0; index < 6; index++) await send(topic, [`${index}`.padEnd(800_000, '.')], index % 2);
    const fn = bench.function('return null;');
    bench.kafkaMapping(topic, fn, { windowMs: 200 });
    await until(() => expect(fn.seen()).toHaveLength(6));
    expect(Math.max(...fn.calls().map(({ eventBytes }) => eventBytes))).toBeLessThanOrEqual(6 * 1024 * 1024);
    expect(fn.calls().map(({ values }) => values.length)).toEqual([5, 1]);
  });

  it('fills a 6 MB event with about 7,000 records of 544 bytes', async () => {
    const topic = newTopic();
    const value = JSON.stringify({ payload: 'x'.repeat(530) });
    for (let sent = 0; sent < 9000; sent += 1000) await send(topic, Array(1000).fill(value));
    const fn = bench.function('return null;');
    bench.kafkaMapping(topic, fn, { batchSize: 10_000, windowMs: 1000 });
    await until(() => expect(fn.seen()).toHaveLength(9000));
    expect(fn.calls()[0]!.values.length).toBeGreaterThan(6_700);
    expect(fn.calls()[0]!.values.length).toBeLessThan(7_400);
    expect(fn.calls()[0]!.eventBytes).toBeLessThanOrEqual(6 * 1024 * 1024);
  });

  it('gives up a record over the cap, as MaximumPayloadSizeExceeded, and goes on', async () => {
    const topic = newTopic();
    const messages = ['before', Buffer.alloc(5_000_000, 'x'), 'after'].map((value) => ({ value, partition: 0 }));
    await producer.send({ topic, messages, compression: CompressionTypes.GZIP });
    const fn = bench.function('return null;');
    bench.kafkaMapping(topic, fn, { failureBucket: 'failures' });
    await until(() => expect(fn.seen()).toEqual(['before', 'after']));
    const kept = JSON.parse(bench.stored.find(({ key }) => key.includes(`${topic}-0`))!.body);
    expect(kept.requestContext.condition).toBe('MaximumPayloadSizeExceeded');
    expect(kept.KafkaBatchInfo).toMatchObject({ partition: `${topic}-0`, firstRecordOffset: 1, batchSize: 1 });
  });

  it('goes on at the offset that a partial response names, in that partition alone', async () => {
    const topic = newTopic(2);
    await send(topic, ['a0', 'a1', 'a2'], 0);
    await send(topic, ['b0', 'b1'], 1);
    const fn = bench.function(`
      if (call > 1) return null;
      return { batchItemFailures: [{ itemIdentifier: { partition: '${topic}-0', offset: 1 } }] };`);
    const mapping = bench.kafkaMapping(topic, fn, { windowMs: 300 });
    await until(() => expect(mapping.report()).toMatchObject({ lag: 0, records: 5 }));
    expect(fn.calls()[1]?.values).toEqual(['a1', 'a2']);
  });

  it('keeps what a partial response left in order across a restart', async () => {
    const topic = newTopic(2);
    await send(topic, ['a0', 'a1'], 0);
    await send(topic, ['b0', 'b1'], 1);
    const failing = bench.function(`
      return { batchItemFailures: records
        .filter((record) => record.partition === 0 && record.offset >= 1)
        .map((record) => ({ itemIdentifier: { partition: '${topic}-0', offset: record.offset } })) };`);
    const first = bench.kafkaMapping(topic, failing, { windowMs: 300 });
    await until(() => expect(failing.calls().length).toBeGreaterThan(1));
    await first.stop();
    expect(bench.kafka.committedOffset(`${topic}-group`, topic, 0)).toBe(1);
    expect(bench.kafka.committedOffset(`${topic}-group`, topic, 1)).toBe(2);
    const fn = bench.function('return null;');
    bench.kafkaMapping(topic, fn);
    await until(() => expect(fn.seen()).toEqual(['a1']));
  });

  it.each([
    ['an unknown partition', `{ partition: 'other-0', offset: 0 }`],
    ['an unknown offset', `{ partition: records[0].topic + '-0', offset: 77 }`],
    ['an identifier of Kinesis', `'0'`],
    ['an empty identifier', `{}`],
  ])('retries the whole batch after %s', async (_, identifier) => {
    const topic = newTopic();
    await send(topic, ['a', 'b']);
    const fn = bench.function(`return call === 1 ? { batchItemFailures: [{ itemIdentifier: ${identifier} }] } : null;`);
    bench.kafkaMapping(topic, fn);
    await until(() => expect(fn.calls()).toHaveLength(2));
    expect(fn.calls()[1]?.values).toEqual(['a', 'b']);
  });

  it('halves a batch at a crash', async () => {
    const topic = newTopic();
    await send(topic, ['a', 'poison', 'c']);
    const fn = bench.function(`if (values.includes('poison') && values.length > 1) process.exit(1); return null;`);
    bench.kafkaMapping(topic, fn, { bisectOnError: true });
    await until(() => expect(fn.calls().at(-1)?.values).toEqual(['c']));
    expect(fn.calls().map(({ values }) => values.join(' '))).toEqual(['a poison c', 'a poison', 'a', 'poison', 'c']);
  });

  it('retries without end where nothing says otherwise', async () => {
    const topic = newTopic();
    await send(topic, ['a']);
    const fn = bench.function(`if (call < 5) throw new Error('not yet'); return null;`);
    const mapping = bench.kafkaMapping(topic, fn);
    await until(() => expect(mapping.report()).toMatchObject({ lag: 0, failures: 4 }));
  });

  it('puts a batch whose retries are used up into its S3 destination, one object a partition', async () => {
    const topic = newTopic(2);
    await send(topic, ['bad a'], 0);
    await send(topic, ['bad b'], 1);
    const fn = bench.function(
      `if (values.some((value) => value.startsWith('bad'))) throw new Error('bad'); return null;`,
    );
    bench.kafkaMapping(topic, fn, { windowMs: 300, maxRetryAttempts: 1, failureBucket: 'failures' });
    const kept = () => bench.stored.filter(({ key }) => key.includes(`test.${topic}/`));
    await until(() => expect(kept()).toHaveLength(2));
    for (const { body } of kept()) {
      const { KafkaBatchInfo: info, payload, requestContext } = JSON.parse(body);
      expect(requestContext).toMatchObject({ condition: 'RetryAttemptsExhausted', approximateInvokeCount: 2 });
      expect(Object.keys(JSON.parse(payload).records)).toEqual([info.partition]);
    }
    await send(topic, ['good']);
    await until(() => expect(fn.seen().at(-1)).toBe('good'));
  });

  it('commits its offsets to its consumer group', async () => {
    const topic = newTopic();
    await send(topic, ['a', 'b', 'c']);
    const fn = bench.function('return null;');
    const mapping = bench.kafkaMapping(topic, fn);
    await until(() => expect(mapping.report().lag).toBe(0));
    expect(bench.kafka.committedOffset(`${topic}-group`, topic, 0)).toBe(3);
  });

  it('reads every partition with several pollers, each partition with one of them', async () => {
    const topic = newTopic(4);
    for (let partition = 0; partition < 4; partition++) await send(topic, [`p${partition}`], partition);
    const fn = bench.function('return null;');
    const mapping = bench.kafkaMapping(topic, fn, { pollers: 2, windowMs: 200 });
    await until(() => expect(mapping.report()).toMatchObject({ lag: 0, records: 4 }));
    expect(fn.calls().map(({ values }) => values.sort().join())).toEqual(expect.arrayContaining(['p0,p2', 'p1,p3']));
  });

  it('reads partitions that a topic gains', async () => {
    const topic = newTopic();
    const fn = bench.function('return null;');
    bench.kafkaMapping(topic, fn);
    bench.kafka.ensureTopic(topic, 2);
    const kafka = new Kafka({ brokers: [bench.kafka.bootstrap], logLevel: logLevel.NOTHING });
    const fresh = kafka.producer();
    await fresh.connect();
    await fresh.send({ topic, messages: [{ value: 'late', partition: 1 }] });
    await fresh.disconnect();
    await until(() => expect(fn.seen()).toEqual(['late']));
  });

  it.each([
    ['LATEST', ['c']],
    ['AT_TIMESTAMP', ['b', 'c']],
  ] as const)('starts at %s where its group has no offset', async (type, expected) => {
    const topic = newTopic();
    await producer.send({
      topic,
      messages: [
        { value: 'a', timestamp: '1000' },
        { value: 'b', timestamp: '2000' },
      ],
    });
    const fn = bench.function('return null;');
    bench.kafkaMapping(topic, fn, { startingPosition: type === 'LATEST' ? { type } : { type, timeMs: 1500 } });
    await producer.send({ topic, messages: [{ value: 'c', timestamp: '3000' }] });
    await until(() => expect(fn.seen()).toEqual(expected));
  });
});
