import { serializeActions } from './action-json.ts';
import { putCommit } from './commit-point.ts';
import type { LogStore } from './log-store.ts';
import type { ObjectStore } from './object-store.ts';

/** One conditional put a commit. All writers of the table must write so: Spark's and Flink's do not. */
export function conditionalLogStore(store: ObjectStore): LogStore {
  return {
    finish: async () => undefined,

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
