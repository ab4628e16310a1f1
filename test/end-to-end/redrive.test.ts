import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type RedrivenStack, startRedrivenStack } from '../support/redriven-stack.ts';

/* A tenth of what a producer sends is refused; an operator mends the settings and redrives. */
const withinMs = 120_000;
const records = 400;
const refused = records / 10;
const noJson = records / 100;
let stack: RedrivenStack;

beforeAll(async () => {
  stack = await startRedrivenStack();
}, 2 * withinMs);
afterAll(() => stack?.close());

const balances = (counts: object) =>
  vi.waitFor(
    async () => {
      const { balanced, sources } = await stack.audited();
      expect(sources.analytics).toMatchObject({ in: records, ...counts });
      expect(balanced).toBe(true);
    },
    { timeout: 60_000, interval: 500 },
  );

test('a redrive after a settings fix brings every one home, and a second one nothing', {
  timeout: withinMs,
}, async () => {
  await stack.push(records);
  await balances({ rows: records - refused, deadLetters: refused });

  const listed = (await stack.dlq('list', '--json', '--limit', '50')).split('\n').map((line) => JSON.parse(line));
  expect(listed).toHaveLength(refused);
  expect(listed.every(({ redriven, source }) => !redriven && source === 'analytics')).toBe(true);
  const shown = await stack.dlq('show', '--error', 'InvalidJson', '--limit', '1');
  expect(shown).toMatch(/^key +key-\d*53$/m);
  expect(shown).toMatch(/^payload +\{"id":\d*53$/m);

  const home = refused - noJson;
  const first = JSON.parse(await stack.dlq('redrive', '--json'));
  expect(first).toMatchObject({ redriven: { analytics_events: home }, before: 0, staying: { InvalidJson: noJson } });
  await balances({ rows: records - noJson, deadLetters: refused, redriven: home });

  expect(await stack.dlq('redrive')).toContain(
    `No dead letter became a row.\n${home} were redriven before.\n${noJson} stay: InvalidJson.`,
  );
  expect(await stack.dlq('redrive', '--error', 'TypeMismatch', '--limit', '5')).toContain(
    `${home} were redriven before.`,
  );
  const left = (await stack.dlq('list')).split('\n').filter((line) => line.includes('  no  '));
  expect(left).toHaveLength(noJson);
  await balances({ rows: records - noJson, deadLetters: refused, redriven: home });
});
