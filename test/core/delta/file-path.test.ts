import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodePath, encodePath, partitionDirectory } from '#delta/file-path.ts';

describe('partition directories', () => {
  test.each([
    [{ p: 'A/A' }, 'p=A%2FA/'],
    [{ p: 'a b' }, 'p=a b/'],
    [{ p: '2024-01-01 10:00:00' }, 'p=2024-01-01 10%3A00%3A00/'],
    [{ p: null }, 'p=__HIVE_DEFAULT_PARTITION__/'],
    [{ p: '' }, 'p=__HIVE_DEFAULT_PARTITION__/'],
    [{}, 'p=__HIVE_DEFAULT_PARTITION__/'],
    [{ p: 'ü}<>|' }, 'p=ü}<>|/'],
  ])('of %o', (values, directory) => {
    expect(partitionDirectory(['p'], values)).toBe(directory);
  });

  test('of several columns stand one in another', () => {
    expect(partitionDirectory(['a', 'b'], { a: '1', b: '2' })).toBe('a=1/b=2/');
    expect(partitionDirectory([], {})).toBe('');
  });
});

test('a path is encoded once more than its directories', () => {
  const path = `${partitionDirectory(['x'], { x: 'A/A' })}part.parquet`;
  expect(encodePath(path)).toBe('x=A%252FA/part.parquet');
  expect(decodePath('x=A%252FA/part.parquet')).toBe('x=A%2FA/part.parquet');
});

test('any path comes back from its URI', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (path) => {
      fc.pre(!path.startsWith('file:/') && path.isWellFormed());
      expect(decodePath(encodePath(path))).toBe(path);
    }),
  );
});

test('spellings of one absolute path are one', () => {
  expect(decodePath('file:///lake/a%20b')).toBe('/lake/a b');
  expect(decodePath('file:/lake/a b')).toBe('/lake/a b');
  expect(decodePath('/lake/a+b')).toBe('/lake/a+b');
});

test('a path that is no URI is an error', () => {
  expect(() => decodePath('100%.parquet')).toThrow('100%.parquet');
});
