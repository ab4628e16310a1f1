import { serializeActions } from './action-json.ts';
import type { CommitEntryStore } from './commit-entry-store.ts';
import { putCommit } from './commit-point.ts';
import { commitFileName } from './log-path.ts';
import type { LogStore } from './log-store.ts';
import type { ObjectStore } from './object-store.ts';

/**
 * One conditional put a commit. All writers of the table must write so: Spark's and Flink's do not.
 * @param items where writers of the other family would leave entries; absent: none is looked for.
 */
export function conditionalLogStore(
  store: ObjectStore,
  items?: { entries: CommitEntryStore; tablePath: string },
): LogStore {
  return {
    finish: async () => undefined,
    isFinished: async () => true,
    isStray: async (version) =>
      items !== undefined && (await items.entries.get(items.tablePath, commitFileName(version))) !== undefined,

    async commit(version, actions, txnId) {
      const point = await putCommit(store, version, serializeActions(actions), txnId);
      switch (point) {
        case 'ours':
          return { kind: 'committed' };
        case 'anothers':
          return { kind: 'conflict' };
        case 'unknown':
          return { kind: 'retryable', reason: `no answer to the put of version ${version}` };
      }
    },
  };
}
