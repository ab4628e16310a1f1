import { expect, test } from 'vitest';
import { PathSet } from '#pipeline/repair/path-set.ts';

const pathOf = (number: number) => `day=2026-11-${number % 30}/part-${number.toString(36)}.parquet`;

test('knows every path that was added, and none besides', () => {
  const set = new PathSet();
  for (let number = 0; number < 50_000; number++) set.add(pathOf(number));
  for (let number = 0; number < 50_000; number++) expect(set.has(pathOf(number))).toBe(true);
  for (let number = 50_000; number < 150_000; number++) expect(set.has(pathOf(number))).toBe(false);
});

test('tells apart paths that differ in one character, wherever it stands', () => {
  const set = new PathSet();
  const path = 'a=1/part-0123456789abcdef.parquet';
  set.add(path);
  set.add(path);
  for (let at = 0; at < path.length; at++) expect(set.has(`${path.slice(0, at)}~${path.slice(at + 1)}`)).toBe(false);
  expect(set.has(path)).toBe(true);
  expect(set.has('')).toBe(false);
});
