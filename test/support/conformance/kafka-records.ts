import { describe, expect } from 'vitest';
import { decodeBatch } from '../../../scripts/local/kafka/record-batch.ts';
import { type Compression, encodeBatch } from './kafka-batch.ts';
import { type Fact, type KafkaProbe, splitBatches, textBatch, until } from './kafka-probe.ts';

const compressions: Compression[] = ['none', 'gzip', 'snappy', 'snappy-java', 'lz4', 'zstd'];

/** Producing, fetching and finding records. */
export function recordFacts({ connected, newTopic, readAll, readTexts }: KafkaProbe, fact: Fact): void {
  describe('records', () => {
    fact('keys, values, headers, nulls and timestamps come back byte for byte', async () => {
      const topic = await newTopic();
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
      const producer = connected().kafka.producer();
      await producer.connect();
      await producer.send({
        topic,
        messages: [
          { key: bytes, value: bytes, timestamp: '1767225600123', headers: { one: 'a', many: ['b', 'c'] } },
          { key: 'tombstone', value: null, timestamp: '1767225600000' },
          { key: null, value: Buffer.alloc(0), timestamp: '1767225600999' },
        ],
      });
      await producer.disconnect();
      const [whole, tombstone, empty] = await readAll(topic);
      expect(whole).toMatchObject({ offset: 0, timestampMs: 1767225600123, key: bytes, value: bytes });
      expect(whole!.headers.map(({ key, value }) => [key, value?.toString()])).toEqual([
        ['one', 'a'],
        ['many', 'b'],
        ['many', 'c'],
      ]);
      expect(tombstone).toMatchObject({ offset: 1, timestampMs: 1767225600000, value: null });
      expect(empty).toMatchObject({ offset: 2, timestampMs: 1767225600999, key: null, value: Buffer.alloc(0) });
    });

    fact('offsets count records, in the order produced, without a gap', async () => {
      const topic = await newTopic();
      const { wire } = connected();
      expect(await wire.produce(topic, 0, textBatch('a', 'b', 'c'))).toEqual({ error: 0, baseOffset: 0 });
      expect(await wire.produce(topic, 0, textBatch('d'))).toEqual({ error: 0, baseOffset: 3 });
      expect(await wire.produce(topic, 0, textBatch('e', 'f'))).toEqual({ error: 0, baseOffset: 4 });
      const records = await readAll(topic);
      expect(records.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5]);
      expect(records.map(({ value }) => value!.toString()).join('')).toBe('abcdef');
      expect((await wire.fetch(topic, 0, 6)).highWatermark).toBe(6);
    });

    fact('compressed batches pass through untouched: none, gzip, snappy, lz4, zstd', async () => {
      const topic = await newTopic();
      const { wire } = connected();
      const records = Array.from({ length: 50 }, (_, i) => ({
        key: Buffer.from(`k${i}`),
        value: Buffer.alloc(300, i),
      }));
      for (const [i, compression] of compressions.entries()) {
        const batch = encodeBatch(records, { compression });
        const { error, baseOffset } = await wire.produce(topic, 0, batch);
        expect({ compression, error, baseOffset }).toEqual({ compression, error: 0, baseOffset: 50 * i });
        const [stored] = splitBatches((await wire.fetch(topic, 0, baseOffset)).batches);
        expect(stored!.subarray(16).equals(batch.subarray(16))).toBe(true);
        expect(decodeBatch(stored!).map(({ value }) => value)).toEqual(records.map(({ value }) => value));
      }
    });

    fact('a fetch from inside a batch brings the batch whole', async () => {
      const topic = await newTopic();
      const { wire } = connected();
      await wire.produce(topic, 0, textBatch('a', 'b', 'c'));
      const [batch] = splitBatches((await wire.fetch(topic, 0, 2)).batches);
      expect(decodeBatch(batch!).map(({ offset }) => offset)).toEqual([0, 1, 2]);
    });

    fact('limits hold a fetch back, but the first batch always comes whole', async () => {
      const topic = await newTopic();
      const { wire } = connected();
      const large = 'x'.repeat(10_000);
      for (let i = 0; i < 5; i++) await wire.produce(topic, 0, textBatch(large));
      const few = await wire.fetch(topic, 0, 0, { maxBytes: 25_000 });
      expect(splitBatches(few.batches)).toHaveLength(2);
      const one = await wire.fetch(topic, 0, 3, { maxBytes: 1 });
      expect(splitBatches(one.batches).flatMap(decodeBatch)[0]).toMatchObject({ offset: 3, value: Buffer.from(large) });
    });

    fact('a fetch at the end waits for records, and no longer than asked', async () => {
      const topic = await newTopic();
      const { wire, kafka } = connected();
      await wire.produce(topic, 0, textBatch('a'));
      const startedMs = performance.now();
      expect((await wire.fetch(topic, 0, 1, { waitMs: 200 })).batches).toHaveLength(0);
      expect(performance.now() - startedMs).toBeGreaterThanOrEqual(195);

      const waiting = wire.fetch(topic, 0, 1, { waitMs: 20_000 });
      const producer = kafka.producer();
      await producer.connect();
      await producer.send({ topic, messages: [{ value: 'b' }] });
      await producer.disconnect();
      const found = splitBatches((await waiting).batches).flatMap(decodeBatch);
      expect(found.map(({ value }) => value!.toString())).toEqual(['b']);
      expect(performance.now() - startedMs).toBeLessThan(15_000);
    });

    fact('an offset behind the end or before the start is error 1', async () => {
      const topic = await newTopic();
      const { wire } = connected();
      await wire.produce(topic, 0, textBatch('a'));
      expect((await wire.fetch(topic, 0, 2)).error).toBe(1);
      expect((await wire.fetch(topic, 0, -5)).error).toBe(1);
      expect((await wire.fetch(topic, 0, 1)).error).toBe(0);
    });

    fact('offsets are found for the start, the end and a time, exact to the record', async () => {
      const topic = await newTopic();
      const { wire } = connected();
      const at = (timestampMs: number) => ({ value: Buffer.from('x'), timestampMs });
      await wire.produce(topic, 0, encodeBatch([at(1000), at(2000), at(3000)], { compression: 'gzip' }));
      await wire.produce(topic, 0, encodeBatch([at(5000), at(4000)]));
      expect(await wire.listOffset(topic, 0, -2)).toMatchObject({ error: 0, offset: 0 });
      expect(await wire.listOffset(topic, 0, -1)).toMatchObject({ error: 0, offset: 5 });
      expect(await wire.listOffset(topic, 0, 0)).toEqual({ error: 0, offset: 0, timestampMs: 1000 });
      expect(await wire.listOffset(topic, 0, 1500)).toEqual({ error: 0, offset: 1, timestampMs: 2000 });
      expect(await wire.listOffset(topic, 0, 3001)).toEqual({ error: 0, offset: 3, timestampMs: 5000 });
      expect(await wire.listOffset(topic, 0, 5001)).toEqual({ error: 0, offset: -1, timestampMs: -1 });
    });

    fact('batches are refused: CRC that does not hold (2), over the topic’s limit (10), two at once (87)', async () => {
      const topic = await newTopic(1, { configEntries: [{ name: 'max.message.bytes', value: '1000' }] });
      const { wire } = connected();
      const corrupt = textBatch('corrupt');
      corrupt[corrupt.length - 1]! ^= 1;
      expect((await wire.produce(topic, 0, corrupt)).error).toBe(2);
      expect((await wire.produce(topic, 0, textBatch('x'.repeat(1000)))).error).toBe(10);
      expect((await wire.produce(topic, 0, Buffer.concat([textBatch('a'), textBatch('b')]))).error).toBe(87);
      expect(await readTexts(topic)).toEqual([]);
    });

    fact('acknowledgements other than 0, 1 and -1 are error 21; 0 has no answer and is stored', async () => {
      const topic = await newTopic();
      const { wire } = connected();
      expect((await wire.produce(topic, 0, textBatch('two'), 2)).error).toBe(21);
      wire.produceWithoutAnswer(topic, 0, textBatch('zero'));
      expect((await wire.produce(topic, 0, textBatch('one'), 1)).error).toBe(0);
      await until('both records', async () => (await readTexts(topic)).length === 2);
      expect(await readTexts(topic)).toEqual(['zero', 'one']);
    });
  });
}
