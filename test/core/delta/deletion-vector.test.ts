import { beforeEach, expect, test } from 'vitest';
import type { DeletionVector } from '#delta/actions.ts';
import { deletedPositions, deletionVectorPath } from '#delta/deletion-vector.ts';
import { deletionVectorFile, roaringArray } from '../../support/deletion-vectors.ts';
import { memoryObjectStore } from '../../support/memory-object-store.ts';

let store: ReturnType<typeof memoryObjectStore>;
beforeEach(() => {
  store = memoryObjectStore();
});

/** The protocol's own example of derived fields. */
const relative = {
  storageType: 'u',
  pathOrInlineDv: 'ab^-aqEH.-t@S}K{vb[*k^',
  offset: 4,
  sizeInBytes: 40,
  cardinality: 6,
} as const;
const path = 'ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin';
/** Written by Spark. */
const inline: DeletionVector = {
  storageType: 'i',
  pathOrInlineDv: '^Bg9^0rr910000000000iXQKl0rr91000935c8Xg000311onP9',
  sizeInBytes: 40,
  cardinality: 4,
};

const stored = (positions: number[]): DeletionVector => ({
  ...relative,
  offset: 1,
  sizeInBytes: roaringArray(positions).length,
  cardinality: positions.length,
});

test('a relative vector lies under its prefix, by its UUID', () => {
  expect(deletionVectorPath(relative)).toBe(path);
  expect(deletionVectorPath({ ...relative, pathOrInlineDv: relative.pathOrInlineDv.slice(2) })).toBe(path.slice(3));
});

test('an absolute vector lies where its URI says, an inline one nowhere', () => {
  expect(deletionVectorPath({ ...relative, storageType: 'p', pathOrInlineDv: 's3://b/a%20b.bin' })).toBe(
    's3://b/a b.bin',
  );
  expect(deletionVectorPath(inline)).toBeUndefined();
});

test('an inline vector holds its bytes itself', async () => {
  expect(await deletedPositions(store, inline)).toEqual([0, 1, 4, 5]);
});

test('a stored vector is read from its place in the file', async () => {
  await store.put(path, deletionVectorFile([1, 5]));
  expect(await deletedPositions(store, stored([1, 5]))).toEqual([1, 5]);
});

test('an absolute vector is read from the store that it leads to', async () => {
  await store.put('v.bin', deletionVectorFile([1, 5]));
  const vector: DeletionVector = { ...stored([1, 5]), storageType: 'p', pathOrInlineDv: 's3://bucket/v.bin' };
  const locate = (uri: string) => ({ store, path: uri.slice('s3://bucket/'.length) });
  expect(await deletedPositions(memoryObjectStore(), vector, locate)).toEqual([1, 5]);
  await expect(deletedPositions(store, vector)).rejects.toMatchObject({ name: 'UnsupportedFeature' });
});

test('a vector whose file is gone is a missing file', async () => {
  await expect(deletedPositions(store, stored([1]))).rejects.toMatchObject({ name: 'MissingDataFile' });
});

test.each<[string, (file: Uint8Array) => Uint8Array, Partial<DeletionVector>, string]>([
  ['changed bytes', (file) => file.with(20, 9), {}, 'to agree with their CRC-32'],
  ['another size', (file) => file.with(4, 9), {}, 'bytes at 1, the file says 9'],
  ['a file that ends early', (file) => file.slice(0, -1), {}, 'the file ends before'],
  ['another cardinality', (file) => file, { cardinality: 3 }, 'expected 3 deleted rows, got 2'],
])('%s: the log is corrupt', async (_, change, claimed, message) => {
  await store.put(path, change(deletionVectorFile([1, 5])));
  await expect(deletedPositions(store, { ...stored([1, 5]), ...claimed })).rejects.toMatchObject({
    name: 'CorruptLog',
    message: expect.stringContaining(message),
  });
});

test.each([
  ['a character that is none of Z85', { pathOrInlineDv: 'wi5b~' }, 'the character "~"'],
  ['a text cut short', { pathOrInlineDv: 'wi5b' }, 'groups of 5'],
  ['more than 32 bits in a group', { pathOrInlineDv: '#####', sizeInBytes: 4 }, '32 bits'],
  ['fewer bytes than said', { pathOrInlineDv: 'wi5b=' }, 'expected 40 bytes, got 4'],
])('inline, %s: the log is corrupt', async (_, change, message) => {
  await expect(deletedPositions(store, { ...inline, ...change })).rejects.toMatchObject({
    name: 'CorruptLog',
    message: expect.stringContaining(message),
  });
});
