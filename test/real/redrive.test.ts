import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { pushedRecords, readRows } from '../support/capability-evidence.ts';
import { type RedrivenStack, startRedrivenStack } from '../support/redriven-stack.ts';

/* A tenth of the records is refused, as fast as a producer sends them; two operators mend the settings and redrive at once. */
const records = 100_000;
const refused = records / 10;
const noJson = records / 100;
const home = refused - noJson;
const withinMs = 300_000;
let stack: RedrivenStack;

beforeAll(async () => {
  stack = await startRedrivenStack();
}, withinMs);
afterAll(() => stack?.close());

const balances = (counts: object) =>
  vi.waitFor(
    async () => {
      const { balanced, sources } = await stack.audited();
      expect(sources.analytics).toMatchObject({ in: records, ...counts });
      expect(balanced).toBe(true);
    },
    { timeout: withinMs, interval: 2_000 },
  );

test('B3 dead letters at full rate: good rows exact, dead letters exact, each redriven once whoever asks', {
  timeout: 2 * withinMs,
}, async () => {
  await stack.push(records);
  pushedRecords(records);
  await balances({ rows: records - refused, deadLetters: refused });
  const startedMs = Date.now();
  const both = await Promise.all([stack.dlq('redrive', '--json'), stack.dlq('redrive', '--json')]);
  console.log(`two redrives of ${home} dead letters: ${Date.now() - startedMs} ms`);
  const told = both.map((text) => JSON.parse(text));
  expect(told.reduce((sum, { redriven }) => sum + (redriven.analytics_events ?? 0), 0)).toBe(home);
  expect(told.map(({ staying }) => staying)).toEqual([{ InvalidJson: noJson }, { InvalidJson: noJson }]);
  await balances({ rows: records - noJson, deadLetters: refused, redriven: home });
  expect(JSON.parse(await stack.dlq('redrive', '--json'))).toMatchObject({ redriven: {}, before: home });
  await balances({ rows: records - noJson, deadLetters: refused, redriven: home });
  readRows(records - noJson);
});
