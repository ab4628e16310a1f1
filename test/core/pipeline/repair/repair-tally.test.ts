import { expect, test } from 'vitest';
import { countedNow, filesWithin } from '#pipeline/repair/repair-tally.ts';

const windowMs = 24_000;

test('counts close to each other become one, so that a tally stays small', () => {
  let counts: { atMs: number; files: number }[] = [];
  for (let nowMs = 0; nowMs < 10 * windowMs; nowMs += 100) counts = countedNow(counts, 1, nowMs, windowMs);
  expect(counts.length).toBeLessThanOrEqual(25);
  const files = filesWithin(counts, 10 * windowMs, windowMs);
  expect(files).toBeGreaterThan(220);
  expect(files).toBeLessThanOrEqual(240);
});

test('nothing found adds nothing, and what is older than the window goes', () => {
  const counts = [
    { atMs: 1_000, files: 1 },
    { atMs: 20_000, files: 2 },
  ];
  expect(countedNow(counts, 0, 25_000, windowMs)).toEqual([{ atMs: 20_000, files: 2 }]);
  expect(filesWithin(counts, 24_999, windowMs)).toBe(3);
  expect(filesWithin(counts, 25_000, windowMs)).toBe(2);
});
