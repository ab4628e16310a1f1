import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KafkaServer, startKafka } from '../../../../scripts/local/kafka/start-kafka.ts';
import { type Compression, encodeBatch } from '../../../support/conformance/kafka-batch.ts';
import { textBatch } from '../../../support/conformance/kafka-probe.ts';
import { KafkaWire } from '../../../support/conformance/kafka-wire.ts';

const root = mkdtempSync(join(tmpdir(), 'alluvium-kafka-'));
let server: KafkaServer;
let wire: KafkaWire;
beforeAll(async () => {
  server = await startKafka({ port: 0, root });
  wire = await KafkaWire.connect(server.bootstrap);
});
afterAll(async () => {
  wire.close();
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

describe('reading in this process', () => {
  const compressions: Compression[] = ['none', 'gzip', 'snappy', 'snappy-java', 'lz4', 'zstd'];
  it.each(compressions)('takes %s batches apart, from any offset', async (compression) => {
    const topic = `read-${compression}`;
    server.ensureTopic(topic, 1);
    const values = [Buffer.alloc(0), Buffer.alloc(70_000, 'ab'), Buffer.from('€'), null];
    const sent = values.map((value, i) => ({
      key: i === 0 ? null : Buffer.from(`k${i}`),
      value,
      timestampMs: Date.UTC(2026, 0, 1) - 1000 * i,
      headers: [['h', Buffer.from([i])] as const, ['none', null] as const],
    }));
    await wire.produce(topic, 0, encodeBatch(sent, { compression }));
    await wire.produce(topic, 0, encodeBatch(sent, { compression }));
    const records = server.readBatch(topic, 0, 2, 1 << 20);
    expect(records.map(({ offset }) => offset)).toEqual([2, 3, 4, 5, 6, 7]);
    const again = [...sent.slice(2), ...sent];
    expect(records.map(({ key, value, timestampMs }) => ({ key, value, timestampMs }))).toEqual(
      again.map(({ key, value, timestampMs }) => ({ key, value, timestampMs })),
    );
    expect(records[0]!.headers).toEqual([
      { key: 'h', value: Buffer.from([2]) },
      { key: 'none', value: null },
    ]);
    expect(server.readBatch(topic, 0, 8, 1 << 20)).toEqual([]);
  });

  it('finds the first record at or after a time', async () => {
    server.ensureTopic('timed', 1);
    const at = (timestampMs: number) => ({ value: Buffer.from('x'), timestampMs });
    await wire.produce('timed', 0, encodeBatch([at(1000), at(2000)], { compression: 'gzip' }));
    expect([0, 1001, 2000, 2001].map((timeMs) => server.offsetAt('timed', 0, timeMs))).toEqual([0, 1, 1, undefined]);
  });

  it('tells of a partition that is not there', () => {
    expect(() => server.readBatch('nowhere', 0, 0, 1)).toThrow('no partition 0 of topic nowhere');
  });

  it('wakes at the next append', async () => {
    server.ensureTopic('woken', 1);
    const startedMs = performance.now();
    const woken = server.nextAppend(30_000);
    await wire.produce('woken', 0, textBatch('x'));
    await woken;
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });
});

describe('what is not offered', () => {
  it('transactions are refused with an error that says so', async () => {
    const answer = await wire.request(10, 2, (body) => body.string('transactional').int8(1));
    answer.int32();
    expect(answer.int16()).toBe(42);
    expect(answer.nullableString()).toBe('transactions are not offered by this broker');
    const init = await wire.request(22, 1, (body) => body.string('transactional').int32(1000));
    init.int32();
    expect(init.int16()).toBe(42);
    server.ensureTopic('plain', 1);
    const batch = encodeBatch([{ value: Buffer.from('x') }], {
      producerId: 9,
      producerEpoch: 0,
      baseSequence: 0,
      transactional: true,
    });
    expect((await wire.produce('plain', 0, batch)).error).toBe(48);
    expect(server.offsets('plain')).toEqual([{ start: 0, end: 0 }]);
  });

  it('an unknown API closes the connection and no other', async () => {
    const other = await KafkaWire.connect(server.bootstrap);
    await expect(other.request(999, 0, () => {})).rejects.toThrow('connection closed');
    expect((await wire.apiVersions()).size).toBeGreaterThan(15);
  });

  it('a request cut short closes its connection and no other', async () => {
    const other = await KafkaWire.connect(server.bootstrap);
    await expect(other.request(0, 7, (body) => body.string(null))).rejects.toThrow('connection closed');
    expect((await wire.apiVersions()).size).toBeGreaterThan(15);
  });
});

it('a producer to a topic that is not there creates it, with one partition', async () => {
  const kafka = new Kafka({ brokers: [server.bootstrap], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ allowAutoTopicCreation: true });
  await producer.connect();
  await producer.send({ topic: 'on-demand', messages: [{ value: 'x' }] });
  await producer.disconnect();
  expect(server.offsets('on-demand')).toEqual([{ start: 0, end: 1 }]);
});
