import { beforeEach, describe, expect, test } from 'vitest';
import type { CommitEntry, CommitEntryStore } from '#delta/commit-entry-store.ts';

const tablePath = 's3a://lake/tables/x';
const entryOf = (version: number, tempPath = `.tmp/${version}.one`): CommitEntry => ({
  tablePath,
  fileName: `${String(version).padStart(20, '0')}.json`,
  tempPath,
  complete: false,
});

/** The guarantees of the port, for any implementation; `create` answers an empty table. */
export function commitEntriesContract(name: string, create: () => Promise<CommitEntryStore>): void {
  describe(`${name} keeps the guarantees of commit entries`, () => {
    let entries: CommitEntryStore;
    beforeEach(async () => {
      entries = await create();
    });

    test('an entry is put once', async () => {
      const entry = entryOf(1);
      expect(await entries.get(tablePath, entry.fileName)).toBeUndefined();
      expect(await entries.putIfAbsent(entry)).toBe('created');
      expect(await entries.putIfAbsent(entryOf(1, '.tmp/1.two'))).toBe('exists');
      expect(await entries.get(tablePath, entry.fileName)).toEqual(entry);
    });

    test('of racing puts exactly one creates', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, writer) => entries.putIfAbsent(entryOf(1, `.tmp/1.${writer}`))),
      );
      expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
    });

    test('the newest entry is the one with the greatest file name of its table', async () => {
      expect(await entries.newest(tablePath)).toBeUndefined();
      for (const version of [9, 11, 10]) await entries.putIfAbsent(entryOf(version));
      await entries.putIfAbsent({ ...entryOf(50), tablePath: `${tablePath}2` });
      expect(await entries.newest(tablePath)).toEqual(entryOf(11));
    });

    test('a complete entry keeps its expiry', async () => {
      await entries.putIfAbsent(entryOf(1));
      await entries.markComplete(entryOf(1), 1_700_086_400);
      expect(await entries.newest(tablePath)).toEqual({ ...entryOf(1), complete: true, expireTimeS: 1_700_086_400 });
    });

    test('only an incomplete entry with the expected temp file is replaced', async () => {
      const other = entryOf(1, '.tmp/1.two');
      expect(await entries.replaceIncomplete(other, '.tmp/1.one')).toBe('changed');
      await entries.putIfAbsent(entryOf(1));
      expect(await entries.replaceIncomplete(other, '.tmp/1.three')).toBe('changed');
      expect(await entries.replaceIncomplete(other, '.tmp/1.one')).toBe('replaced');
      await entries.markComplete(other, 1);
      expect(await entries.replaceIncomplete(entryOf(1), '.tmp/1.two')).toBe('changed');
    });
  });
}
