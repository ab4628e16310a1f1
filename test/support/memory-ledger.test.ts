import { expect, test } from 'vitest';
import { ledgerContract } from './ledger-contract.ts';
import { memoryLedger } from './memory-ledger.ts';

ledgerContract('the ledger in memory', async () => {
  const ledger = memoryLedger();
  return {
    ledger,
    store: ledger.store,
    takeLease: async (tableId, owner, expiresAtS) => {
      ledger.items.leases.set(tableId, { owner, expiresAtS });
    },
  };
});

test('a restored ledger holds what was backed up, under another id', async () => {
  const ledger = memoryLedger('ledger-1');
  await ledger.beginAttempt('clicks/0', '1');
  const restored = memoryLedger('ledger-2', structuredClone(ledger.items));
  expect(await restored.id()).toBe('ledger-2');
  expect(await restored.beginAttempt('clicks/0', '1')).toMatchObject({ attempts: 2 });
  expect(await ledger.readCursor('clicks/0')).toMatchObject({ attempts: 1 });
});
