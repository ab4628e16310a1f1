import { setTimeout as sleep } from 'node:timers/promises';
import type { Sample } from '../samples/sample.ts';
import type { Feed } from './feed.ts';
import { SentSamples } from './sent-samples.ts';

export interface SendOptions {
  signal: AbortSignal;
  onSent: (count: number) => void;
  /** As fast as the source takes them, without it. */
  perSecond?: number;
}

const maxAttempts = 3;
const paceStepMs = 20;

/**
 * Sends what `missingOf` finds missing. After a failure the source itself is read to learn what arrived, so that nothing is
 * sent twice. Returns early when the signal is aborted.
 */
export async function send(
  feed: Pick<Feed, 'name' | 'read' | 'openProducer'>,
  sentBefore: SentSamples,
  missingOf: (sent: SentSamples) => Iterable<Sample>,
  options: SendOptions,
): Promise<void> {
  let sent = sentBefore;
  for (let attempt = 1; ; attempt++) {
    const producer = await feed.openProducer();
    try {
      const samples = missingOf(sent)[Symbol.iterator]();
      const { records, bytes } = producer.limits;
      const turns = options.perSecond === undefined ? full(records) : paced(options.perSecond, records);
      for await (const turn of turns) {
        if (options.signal.aborted) return;
        for (let left = turn; left > 0; ) {
          const batch = next(samples, left, bytes);
          if (batch.length === 0) return;
          await producer.send(batch);
          options.onSent(batch.length);
          left -= batch.length;
        }
      }
    } catch (cause) {
      if (attempt === maxAttempts) throw new Error(`${feed.name}: sending failed ${attempt} times`, { cause });
      sent = await SentSamples.readFrom(feed.read);
    } finally {
      await producer.close();
    }
  }
}

/** At most `limit` samples; the last may pass `bytes` by its own size. */
function next(samples: Iterator<Sample>, limit: number, bytes: number): Sample[] {
  const batch: Sample[] = [];
  for (let taken = 0; batch.length < limit && taken < bytes; ) {
    const { value, done } = samples.next();
    if (done) break;
    batch.push(value);
    taken += value.key.length + Buffer.byteLength(value.value ?? '');
  }
  return batch;
}

function* full(records: number): Iterable<number> {
  for (;;) yield records;
}

/** How many records are due, again and again. */
async function* paced(perSecond: number, mostAtOnce: number): AsyncIterable<number> {
  const startMs = performance.now();
  for (let given = 0; ; ) {
    const late = Math.floor(((performance.now() - startMs) / 1000) * perSecond) - given;
    const due = Math.min(late, mostAtOnce);
    if (due === 0) {
      await sleep(paceStepMs);
      continue;
    }
    given += due;
    yield due;
  }
}
