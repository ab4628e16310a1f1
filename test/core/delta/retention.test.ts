import { expect, test } from 'vitest';
import { retentionMs } from '#delta/retention.ts';

test.each([
  ['interval 1 week', 604_800_000],
  ['interval 30 days', 2_592_000_000],
  ['INTERVAL 1 DAY 12 HOURS', 129_600_000],
  ['5 minutes', 300_000],
])('%s', (text, ms) => {
  expect(retentionMs(text)).toBe(ms);
});

test('an absent property has no length', () => {
  expect(retentionMs(undefined)).toBeUndefined();
});

test.each(['interval 1 month', 'soon', 'interval days'])('%s is an error', (text) => {
  expect(() => retentionMs(text)).toThrow(`got "${text}"`);
});
