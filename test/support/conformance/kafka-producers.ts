import { describe, expect } from 'vitest';
import { encodeBatch } from './kafka-batch.ts';
import type { Fact, KafkaProbe } from './kafka-probe.ts';

/** Idempotent producers. */
export function producerFacts({ connected, newTopic, readTexts }: KafkaProbe, fact: Fact): void {
  const batch = (producerId: number, baseSequence: number, texts: string[], producerEpoch = 0): Buffer =>
    encodeBatch(
      texts.map((text) => ({ value: Buffer.from(text) })),
      { producerId, producerEpoch, baseSequence },
    );

  describe('idempotent producers', () => {
    fact('no two producers get one id', async () => {
      const { wire } = connected();
      const first = await wire.initProducerId();
      const second = await wire.initProducerId();
      expect(first).toMatchObject({ error: 0, epoch: 0 });
      expect(second.producerId).not.toBe(first.producerId);
    });

    fact(
      'a batch sent again is stored once and answered as the first time, also when others came between',
      async () => {
        const topic = await newTopic();
        const { wire } = connected();
        const { producerId } = await wire.initProducerId();
        const batches = [['a', 'b'], ['c'], ['d', 'e'], ['f']];
        let sequence = 0;
        const sent: Buffer[] = [];
        const answers = [];
        for (const texts of batches) {
          sent.push(batch(producerId, sequence, texts));
          answers.push(await wire.produce(topic, 0, sent.at(-1)!));
          sequence += texts.length;
        }
        for (const [i, again] of sent.entries()) expect(await wire.produce(topic, 0, again)).toEqual(answers[i]);
        expect((await readTexts(topic)).join('')).toBe('abcdef');
      },
    );

    fact('a gap in the sequence is error 45, an epoch gone by error 47, and neither is stored', async () => {
      const topic = await newTopic();
      const { wire } = connected();
      const { producerId } = await wire.initProducerId();
      expect((await wire.produce(topic, 0, batch(producerId, 0, ['a']))).error).toBe(0);
      expect((await wire.produce(topic, 0, batch(producerId, 2, ['gap']))).error).toBe(45);
      expect((await wire.produce(topic, 0, batch(producerId, 0, ['b'], 1))).error).toBe(0);
      expect((await wire.produce(topic, 0, batch(producerId, 1, ['stale'], 0))).error).toBe(47);
      expect(await readTexts(topic)).toEqual(['a', 'b']);
    });

    fact('sequences are counted for each partition by itself', async () => {
      const topic = await newTopic(2);
      const { wire } = connected();
      const { producerId } = await wire.initProducerId();
      expect((await wire.produce(topic, 0, batch(producerId, 0, ['a']))).error).toBe(0);
      expect((await wire.produce(topic, 1, batch(producerId, 0, ['b']))).error).toBe(0);
      expect((await wire.produce(topic, 0, batch(producerId, 1, ['c']))).error).toBe(0);
      expect([await readTexts(topic, 0), await readTexts(topic, 1)]).toEqual([['a', 'c'], ['b']]);
    });

    fact('kafkajs sends idempotently', async () => {
      const topic = await newTopic();
      const producer = connected().kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
      await producer.connect();
      for (const value of ['a', 'b', 'c']) await producer.send({ topic, acks: -1, messages: [{ value }] });
      await producer.disconnect();
      expect(await readTexts(topic)).toEqual(['a', 'b', 'c']);
    });
  });
}
