import { expect, test } from 'vitest';
import { checksumOf, readLastCheckpoint, serializeLastCheckpoint } from '#delta/last-checkpoint.ts';
import { memoryObjectStore } from '../../support/memory-object-store.ts';

const path = '_delta_log/_last_checkpoint';

test('the checksum is that of the protocol’s own example', () => {
  const example = {
    k0: "'v 0'",
    checksum: 'x',
    k1: { k2: 2, k3: ['v3', [1, 2], { k4: 'v4', k5: ['v5', 'v6', 'v7'] }] },
  };
  expect(checksumOf(example)).toBe('6a92d155a59bf2eecbd4b4ec7fd1f875');
});

test('what was written is read', async () => {
  const store = memoryObjectStore();
  await store.put(path, serializeLastCheckpoint({ version: 10, size: 5, sizeInBytes: 900, numOfAddFiles: 3 }));
  expect(await readLastCheckpoint(store)).toMatchObject({ version: 10, size: 5 });
});

test.each([
  ['no JSON', '{"version":1'],
  ['another type', '[]'],
  ['null', 'null'],
  ['no version', '{"size":1}'],
  ['a version that is no number', '{"version":"1","size":1}'],
  ['a wrong checksum', '{"version":1,"size":1,"checksum":"0123"}'],
])('%s is as good as no hint', async (_what, text) => {
  const store = memoryObjectStore();
  await store.put(path, new TextEncoder().encode(text));
  expect(await readLastCheckpoint(store)).toBeUndefined();
});
