import type { SeededRandom } from '../../../local/seeded-random.ts';

const levels = ['debug', 'info', 'warn', 'error'] as const;
const loggers = ['http.server', 'db.pool', 'auth', 'billing.worker', 'cache'] as const;
const firstMs = Date.UTC(2026, 0, 15, 8);
/** Letters beyond ASCII come as escapes, as many producers write them. */
const asEscapes = (text: string): string =>
  text.replace(/[^\x20-\x7e]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Log lines whose texts hold quotes, backslashes, line breaks, tabs and `\u` escapes. */
export function* escapedRecords(random: SeededRandom): Generator<string> {
  for (let ms = firstMs; ; ms += random.integer(0, 30)) {
    const user = random.integer(0, 9_999);
    const level = random.pick(levels);
    const record = JSON.stringify({
      timestamp: new Date(ms).toISOString(),
      level,
      logger: random.pick(loggers),
      message: `user "${user}" asked for "report ${random.integer(0, 99)}"\nfrom café №${random.integer(1, 40)}`,
      path: `C:\\data\\reports\\${random.integer(0, 999)}.csv`,
      stack: level === 'error' ? `Error: "not found"\n\tat read (a\\b.js:${user})\n\tat run (c.js:1)` : null,
      request: JSON.stringify({ id: user, query: `name="x${random.integer(0, 99)}"`, ok: random.next() < 0.8 }),
    });
    yield asEscapes(record);
  }
}
