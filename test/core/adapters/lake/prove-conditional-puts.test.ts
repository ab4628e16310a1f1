import { expect, test } from 'vitest';
import { proveConditionalPuts, UnsafeLakeError } from '#adapters/lake/prove-conditional-puts.ts';
import type { ObjectStore, PutOutcome } from '#delta/object-store.ts';
import { memoryObjectStore } from '../../../support/memory-object-store.ts';

const answering = (...outcomes: PutOutcome[]): ObjectStore & { objects: Map<string, unknown> } => {
  const store = memoryObjectStore(() => 0);
  return {
    ...store,
    objects: store.objects,
    async putIfAbsent(path, bytes) {
      await store.put(path, bytes);
      return outcomes.shift() as PutOutcome;
    },
  };
};

test('a store that refuses the second put is taken, and nothing stays there', async () => {
  const store = memoryObjectStore(() => 0);
  await proveConditionalPuts(store, 's3a://lake', 'id');
  expect([...store.objects.keys()]).toEqual([]);
});

test('a store that passes over the condition is refused by name', async () => {
  const store = answering('created', 'created');
  const proof = proveConditionalPuts(store, 's3a://lake', 'id');
  await expect(proof).rejects.toThrow(UnsafeLakeError);
  await expect(proof).rejects.toThrow(
    's3a://lake: expected the second of two conditional puts of one object to be refused, got both accepted',
  );
  expect([...store.objects.keys()]).toEqual([]);
});

test('no answer proves nothing', async () => {
  await expect(proveConditionalPuts(answering('created', 'unknown'), 'gs://lake', 'id')).rejects.toThrow(
    'gs://lake: expected answers to two conditional puts, got created and unknown',
  );
});
