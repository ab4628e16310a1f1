import type { CommitEntry, CommitEntryStore } from '#delta/commit-entry-store.ts';

/** The `delta_log` table in memory, with all guarantees of the port. */
export function memoryCommitEntries(): CommitEntryStore & { items: Map<string, CommitEntry> } {
  const items = new Map<string, CommitEntry>();
  const keyOf = ({ tablePath, fileName }: Pick<CommitEntry, 'tablePath' | 'fileName'>) => `${tablePath}\n${fileName}`;
  return {
    items,
    async get(tablePath, fileName) {
      return items.get(keyOf({ tablePath, fileName }));
    },
    async newest(tablePath) {
      const own = [...items.values()].filter((item) => item.tablePath === tablePath);
      return own.sort((left, right) => (left.fileName < right.fileName ? -1 : 1)).at(-1);
    },
    async putIfAbsent(entry) {
      if (items.has(keyOf(entry))) return 'exists';
      items.set(keyOf(entry), entry);
      return 'created';
    },
    async replaceIncomplete(entry, expectedTempPath) {
      const present = items.get(keyOf(entry));
      if (present === undefined || present.complete || present.tempPath !== expectedTempPath) return 'changed';
      items.set(keyOf(entry), entry);
      return 'replaced';
    },
    async markComplete(entry, expireTimeS) {
      items.set(keyOf(entry), { ...entry, complete: true, expireTimeS });
    },
  };
}
