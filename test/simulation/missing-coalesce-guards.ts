import type { Action } from '#delta/actions.ts';
import { decodePath, encodePath } from '#delta/file-path.ts';
import type { LogStore } from '#delta/log-store.ts';
import type { FileJoiner } from '#pipeline/coalesce/coalesce-files.ts';
import type { CommitPorts } from '#pipeline/commit/commit-table.ts';
import type { Guard } from './scenario.ts';

export type CoalescePorts = Required<Pick<CommitPorts, 'join' | 'logOf'>>;

/** Ports that a committer coalesces by, with one guard gone; the product has no switch for it. */
export function withoutGuardOfCoalesce(guard: Guard | undefined, ports: CoalescePorts): CoalescePorts {
  switch (guard) {
    case 'coalesce-own-commit':
      return withLogStore(ports, boastful);
    case 'coalesce-settled-first':
      return { ...ports, join: deletingSources(ports.join) };
    case 'coalesce-all-taken':
      return reusing(ports);
    default:
      return ports;
  }
}

const withLogStore = (ports: CoalescePorts, change: (logStore: LogStore) => LogStore): CoalescePorts => ({
  ...ports,
  logOf: (table) => {
    const log = ports.logOf(table);
    return { ...log, logStore: change(log.logStore) };
  },
});

/** Every commit seems to be ours, whosever it is: nothing but what is deleted afterwards rests on that. */
const boastful = (logStore: LogStore): LogStore => ({
  ...logStore,
  async commit(...planned) {
    await logStore.commit(...planned);
    return { kind: 'committed' };
  },
});

/** Sources go at once, whatever manifests name them. */
const deletingSources =
  (join: FileJoiner): FileJoiner =>
  async (job, store) => {
    const joined = await join(job, store);
    await store.deleteAll(job.files.map(({ path }) => path));
    return joined;
  };

/** What was made stands for whatever is left to take of its sources. */
function reusing(ports: CoalescePorts): CoalescePorts {
  const made = new Map<string, ReadonlySet<string>>();
  const join: FileJoiner = (job, store) => {
    made.set(job.path, new Set(job.files.map(({ path }) => path)));
    return ports.join(job, store);
  };
  const withMade = (actions: readonly Action[]): Action[] => {
    let changed = [...actions];
    for (const [path, sources] of made) {
      const isLeft = (action: Action) => 'add' in action && sources.has(decodePath(action.add.path));
      const left = changed.find(isLeft);
      if (left === undefined || !('add' in left)) continue;
      changed = [...changed.filter((action) => !isLeft(action)), { add: { ...left.add, path: encodePath(path) } }];
    }
    return changed;
  };
  return withLogStore({ ...ports, join }, (logStore) => ({
    ...logStore,
    commit: (version, actions, txnId) => logStore.commit(version, withMade(actions), txnId),
  }));
}
