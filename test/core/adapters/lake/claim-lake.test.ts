import { expect, test } from 'vitest';
import { claimLake, ForeignLakeError } from '#adapters/lake/claim-lake.ts';
import { memoryObjectStore } from '../../../support/memory-object-store.ts';

test('a lake is of the environment that opens it first, and of no other', async () => {
  const store = memoryObjectStore(() => 0);
  await claimLake(store, 'gs://lake', 'prod');
  await claimLake(store, 'gs://lake', 'prod');
  await expect(claimLake(store, 'gs://lake', 'dev')).rejects.toThrow(ForeignLakeError);
  await expect(claimLake(store, 'gs://lake', 'dev')).rejects.toThrow(
    'gs://lake: expected a lake of environment dev, got one of prod, as _alluvium/environment in it says',
  );
});

test('of two at once one has it, and an answer that is lost is read back', async () => {
  const store = memoryObjectStore(() => 0);
  const both = await Promise.allSettled(['prod', 'dev'].map((name) => claimLake(store, 'gs://lake', name)));
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const lost = memoryObjectStore(() => 0);
  const silent = {
    ...lost,
    putIfAbsent: async (path: string, bytes: Uint8Array) => {
      await lost.putIfAbsent(path, bytes);
      return 'unknown' as const;
    },
  };
  await claimLake(silent, 'gs://lake', 'prod');
  await expect(claimLake({ ...silent, read: async () => undefined }, 'gs://lake', 'prod')).rejects.toThrow(
    'got no answer',
  );
});
