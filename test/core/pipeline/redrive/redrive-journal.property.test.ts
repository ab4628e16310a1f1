import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foundIn, RedriveJournal } from '#pipeline/redrive/redrive-journal.ts';
import { memoryObjectStore } from '../../../support/memory-object-store.ts';

const redrives = fc.array(
  fc.record({
    orders: fc.uniqueArray(fc.nat({ max: 200 }).map(String), { maxLength: 12 }),
    clicks: fc.uniqueArray(fc.nat({ max: 200 }).map(String), { maxLength: 3 }),
    /** What reads it has seen the entries before, or not. */
    isWarm: fc.boolean(),
  }),
  { maxLength: 40 },
);

test('a journal tells all that was ever redriven, each entry what its redrive took, and few entries tell much', async () => {
  await fc.assert(
    fc.asyncProperty(redrives, async (all) => {
      let ids = 0;
      let reads = 0;
      const memory = memoryObjectStore(() => 0);
      const read = (path: string) => {
        reads++;
        return memory.read(path);
      };
      const store = { ...memory, read };
      const ports = { store, ids: () => `entry-${ids++}` };
      const told = new Set<string>();
      let head: string | undefined;
      let journal = await RedriveJournal.load(undefined, store);
      for (const { orders, clicks, isWarm } of all) {
        journal = await RedriveJournal.load(head, store, isWarm ? journal : undefined);
        for (const id of told) expect(journal.has(id)).toBe(true);
        const letters = { orders, clicks };
        const wanted = [...orders, ...clicks];
        expect(wanted.filter((id) => journal.has(id))).toEqual(wanted.filter((id) => told.has(id)));
        head = await journal.put('redrive/clicks/0', { letters }, ports);
        for (const id of wanted) told.add(id);
        const found = async (table: string) => [...(await foundIn(head as string, new Set([table]), store)).whole];
        expect(await found('orders')).toEqual(orders);
        expect(await found('clicks')).toEqual(clicks);
        expect(await found('others')).toEqual([]);
      }
      reads = 0;
      await RedriveJournal.load(head, store);
      expect(reads).toBeLessThanOrEqual(Math.max(1, Math.ceil(Math.log2(told.size + all.length + 1)) + 2));
    }),
    { numRuns: 60 },
  );
});
