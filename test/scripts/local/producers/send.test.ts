import { expect, test } from 'vitest';
import type { Producer } from '../../../../scripts/local/producers/producer.ts';
import { send } from '../../../../scripts/local/producers/send.ts';
import { planBatches } from '../../../../scripts/local/producers/send-events.ts';
import { SentSamples } from '../../../../scripts/local/producers/sent-samples.ts';
import type { Sample } from '../../../../scripts/local/samples/sample.ts';

const samples: Sample[] = Array.from({ length: 25 }, (_, index) => ({ key: `s/${index}`, value: '{}' }));

/** A source in memory whose producer fails as told: after `arrives` of the failing batch's records have arrived. */
function source({ failures = [] as { arrives: number }[] } = {}) {
  const keys: string[] = [];
  const producer: Producer = {
    limits: { records: 10, bytes: 1_000 },
    async send(batch) {
      const failure = failures.shift();
      keys.push(...batch.slice(0, failure?.arrives).map(({ key }) => key));
      if (failure !== undefined) throw new Error('answer lost');
    },
    async close() {},
  };
  const read = async (take: Parameters<Parameters<typeof SentSamples.readFrom>[0]>[0]) =>
    take(keys.map((key, index) => ({ partition: '0', position: String(index), arrivalMs: 0, key, tombstone: false })));
  return { keys, feed: { name: 'memory', read, openProducer: async () => producer } };
}

function* missing(sent: SentSamples): Generator<Sample> {
  for (const sample of samples) if (!sent.hasKey(sample.key)) yield sample;
}

const expected = samples.map(({ key }) => key);

test('sends in order, in batches, each sample once', async () => {
  const { keys, feed } = source();
  const counts: number[] = [];
  const options = { signal: new AbortController().signal, onSent: (count: number) => counts.push(count) };
  await send(feed, new SentSamples(), missing, options);
  expect(keys).toEqual(expected);
  expect(counts).toEqual([10, 10, 5]);
});

test.each([{ arrives: 0 }, { arrives: 4 }, { arrives: 10 }])(
  'after a lost answer the source tells what is left: %j',
  async (failure) => {
    const { keys, feed } = source({ failures: [failure] });
    await send(feed, new SentSamples(), missing, { signal: new AbortController().signal, onSent: () => {} });
    expect(keys).toEqual(expected);
  },
);

test('gives up after three failures', async () => {
  const { feed } = source({ failures: [{ arrives: 1 }, { arrives: 1 }, { arrives: 1 }] });
  const sending = send(feed, new SentSamples(), missing, { signal: new AbortController().signal, onSent: () => {} });
  await expect(sending).rejects.toThrow('memory: sending failed 3 times');
});

test('sends at a rate', async () => {
  const { keys, feed } = source();
  const startMs = performance.now();
  await send(feed, new SentSamples(), missing, {
    signal: new AbortController().signal,
    onSent: () => {},
    perSecond: 100,
  });
  expect(keys).toEqual(expected);
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(240);
});

const sentOf = (...keys: string[]): SentSamples => {
  const sent = new SentSamples();
  for (const key of keys) sent.add(key);
  return sent;
};

test.each([
  ['a new topic', sentOf(), 0, []],
  ['a first batch', sentOf(), 9, [{ number: 1, size: 9 }]],
  ['another batch', sentOf('event-1-of-1/0'), 9, [{ number: 2, size: 9 }]],
  ['what an earlier run began', sentOf('event-1-of-2/1'), 0, [{ number: 1, size: 2 }]],
  ['a batch begun before instead of a new one', sentOf('event-1-of-2/1'), 2, [{ number: 1, size: 2 }]],
  [
    'both',
    sentOf('event-1-of-2/1', 'k'),
    9,
    [
      { number: 1, size: 2 },
      { number: 2, size: 9 },
    ],
  ],
])('plans %s', (_, sent, wanted, batches) => {
  expect(planBatches(sent, wanted)).toEqual(batches);
});
