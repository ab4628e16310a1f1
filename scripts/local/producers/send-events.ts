import { type EventBatch, eventSample, eventSet, parseEventSet } from '../samples/analytics-events.ts';
import type { Sample } from '../samples/sample.ts';
import type { Feed } from './feed.ts';
import { type SendOptions, send } from './send.ts';
import { SentSamples } from './sent-samples.ts';

/** The source that generated events are sent to. */
export const eventSource = 'analytics';

/**
 * Batches of events to send: those that were begun and not finished, and a new one of `wanted` events. An unfinished batch of
 * that very size is the one that was wanted, begun before.
 */
export function planBatches(sent: SentSamples, wanted: number): EventBatch[] {
  const batches = sent
    .sets()
    .flatMap((set) => parseEventSet(set) ?? [])
    .toSorted((left, right) => left.number - right.number);
  const unfinished = batches.filter((batch) => sent.count(eventSet(batch)) < batch.size);
  if (wanted === 0 || unfinished.some(({ size }) => size === wanted)) return unfinished;
  return [...unfinished, { number: (batches.at(-1)?.number ?? 0) + 1, size: wanted }];
}

function* missingEvents(batch: EventBatch, sent: SentSamples): Generator<Sample> {
  const set = eventSet(batch);
  for (let index = 0; index < batch.size; index++) if (!sent.has(set, index)) yield eventSample(batch, index);
}

/** Adds `wanted` generated events, and finishes what an earlier run began. */
export async function sendEvents(feeds: readonly Feed[], wanted: number, options: SendOptions): Promise<void> {
  const feed = feeds.find(({ name }) => name === eventSource);
  if (feed === undefined) throw new Error(`expected a source ${eventSource} for generated events, there is none`);
  const sent = await SentSamples.readFrom(feed.read);
  for (const batch of planBatches(sent, wanted)) {
    await send(feed, sent, (known) => missingEvents(batch, known), options);
  }
}
