import type { SeededRandom } from '../../../local/seeded-random.ts';

const channels = ['web', 'mobile', 'chat', 'speech', 'agent'] as const;
const platforms = ['ios', 'android', 'chrome', 'firefox', 'safari', 'alexa'] as const;
const eventTypes =
  'page_view click scroll form_submit search add_to_cart purchase login logout message_sent error'.split(' ');
const categories = ['navigation', 'interaction', 'commerce', 'auth', 'conversation', 'system'] as const;
const plainWords = 'river silt stream bank meander delta marsh levee ford weir pool reach rapid brook creek'.split(' ');
/** Words of free text: some are not ASCII, so that about one record in eleven is not. */
const words = [...plainWords, ...plainWords, 'débâcle', 'потік', '河口', 'crüe'];

const firstMs = Date.UTC(2026, 0, 15, 8);

const hex = (random: SeededRandom, digits: number): string => {
  let text = '';
  while (text.length < digits)
    text += Math.floor(random.next() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return text.slice(0, digits);
};
const uuid = (random: SeededRandom): string =>
  `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-a${hex(random, 3)}-${hex(random, 12)}`;
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));

/** Some pages, people and devices are common and most are rare. */
const skewed = <T>(random: SeededRandom, from: readonly T[]): T =>
  from[Math.floor(from.length * random.next() ** 3)] as T;

type WideEvent = Record<string, unknown>;

/** Analytics events of 16 columns: a fifth without `device_id`, many nulls, `metadata` an object. */
function* wideEvents(random: SeededRandom): Generator<WideEvent> {
  const pages = many(2_000, (at) => {
    const [section, topic] = [random.pick(plainWords), random.pick(plainWords)];
    return { id: `/${section}/${topic}/${at}`, title: `Page ${section} ${at}` };
  });
  const users = many(20_000, () => `u_${hex(random, 12)}`);
  const devices = many(30_000, () => `d_${hex(random, 16)}`);
  const agents = many(
    200,
    (at) => `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.${at} Chrome/${100 + (at % 40)}.0 Safari/537.36`,
  );
  const targets = many(100, (at) => `btn-${at}`);
  const versions = many(20, (at) => `3.${at % 5}.${at % 4}`);
  const sessions = many(500, () => uuid(random));
  for (let ms = firstMs; ; ms += random.integer(0, 19)) {
    const session = random.integer(0, sessions.length - 1);
    if (random.next() < 0.1) sessions[session] = uuid(random);
    const page = skewed(random, pages);
    yield {
      timestamp: new Date(ms).toISOString(),
      channel: random.pick(channels),
      platform: random.pick(platforms),
      event_type: random.pick(eventTypes),
      event_category: random.pick(categories),
      resource_id: page.id,
      resource_title: page.title,
      interaction_target: skewed(random, targets),
      session_id: sessions[session],
      user_id: random.next() < 0.3 ? null : skewed(random, users),
      ...(random.next() < 0.2 ? {} : { device_id: skewed(random, devices) }),
      user_agent: skewed(random, agents),
      client_version: skewed(random, versions),
      interaction_value: random.next() < 0.4 ? null : random.integer(0, 100_000) / 100,
      interaction_text:
        random.next() < 0.7 ? null : `${random.pick(words)} ${random.pick(words)} ${random.pick(words)}`,
      metadata: { ab: random.pick(['A', 'B']), n: random.integer(0, 999), ref: `/${random.pick(plainWords)}` },
    };
  }
}

export function* wideRecords(random: SeededRandom): Generator<string> {
  for (const event of wideEvents(random)) yield JSON.stringify(event);
}

/** The same events, each with its keys in an order of its own. */
export function* shuffled(random: SeededRandom): Generator<string> {
  for (const event of wideEvents(random)) {
    const fields = Object.entries(event);
    for (let last = fields.length - 1; last > 0; last--) {
      const other = random.integer(0, last);
      [fields[last], fields[other]] = [fields[other] as [string, unknown], fields[last] as [string, unknown]];
    }
    yield JSON.stringify(Object.fromEntries(fields));
  }
}
