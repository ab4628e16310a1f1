import { SeededRandom } from '../seeded-random.ts';
import { type Sample, sampleKey } from './sample.ts';

const channels = ['web', 'mobile', 'chat', 'speech', 'agent'] as const;
const platforms = ['ios', 'android', 'chrome', 'firefox', 'safari', 'alexa'] as const;
const eventTypes = [
  'page_view',
  'click',
  'scroll',
  'search',
  'add_to_cart',
  'purchase',
  'login',
  'message_sent',
] as const;
const categories = ['navigation', 'interaction', 'commerce', 'auth', 'conversation', 'system'] as const;
const words = ['river', 'delta', 'silt', 'stream', 'bank', 'meander', 'crue', 'débâcle', '河口', 'потік'] as const;

const firstEventMs = Date.UTC(2026, 0, 15);
const betweenEventsMs = 17;

/** Some values are common and most are rare, as with real pages and people. */
const skewed = (random: SeededRandom, count: number): number => Math.floor(count * random.next() ** 3);

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/**
 * The event at `index` of the sequence that `seed` names, as JSON: 16 columns, about 544 bytes, a tenth of them with letters
 * beyond ASCII; the same on every machine.
 */
export function analyticsEvent(seed: number, index: number): string {
  const random = new SeededRandom(seed * 1_000_003 + index);
  const page = skewed(random, 2_000);
  const user = skewed(random, 20_000);
  const session = hex(Math.floor(index / 10) * 500 + random.integer(0, 499), 12);
  return JSON.stringify({
    timestamp: new Date(firstEventMs + index * betweenEventsMs).toISOString(),
    channel: random.pick(channels),
    platform: random.pick(platforms),
    event_type: random.pick(eventTypes),
    event_category: random.pick(categories),
    resource_id: `/pages/${words[page % 6]}/${page}`,
    resource_title: `The ${words[page % words.length]} of page ${page}`,
    interaction_target: `button-${skewed(random, 100)}`,
    session_id: `5e551015-0000-4000-a000-${session}`,
    user_id: random.next() < 0.3 ? null : `user-${hex(user, 12)}`,
    ...(random.next() < 0.2 ? {} : { device_id: `device-${hex(user * 31, 16)}` }),
    user_agent: `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.${user % 200} Chrome/${100 + (user % 40)}.0 Safari/537.36`,
    client_version: `3.${page % 5}.${user % 4}`,
    interaction_value: random.next() < 0.4 ? null : random.integer(0, 10_000_000) / 100,
    interaction_text: random.next() < 0.7 ? null : `${random.pick(words)} ${random.pick(words)}`,
    metadata: `{"variant":"${random.pick(['A', 'B'])}","n":${random.integer(0, 999)},"ref":"/${random.pick(words)}"}`,
  });
}

/** A number of generated events that were asked for together. Its size is in every key, so that the topic tells what is left. */
export interface EventBatch {
  number: number;
  size: number;
}

/** The set that a batch's keys share. */
export const eventSet = ({ number, size }: EventBatch): string => `event-${number}-of-${size}`;

export const eventSample = (batch: EventBatch, index: number): Sample => ({
  key: sampleKey(eventSet(batch), index),
  value: analyticsEvent(batch.number, index),
});

/** The batch whose keys share this set; nothing for other sets. */
export function parseEventSet(set: string): EventBatch | undefined {
  const [, number, size] = /^event-(\d+)-of-(\d+)$/.exec(set) ?? [];
  return number === undefined ? undefined : { number: Number(number), size: Number(size) };
}
