import type { Action } from './actions.ts';

export type AppendConflict =
  /** The append may be written again as it is, one version later. */
  | { kind: 'none' }
  /** The state it was planned from does not hold any more: load it, plan afresh. */
  | { kind: 'reload'; reason: 'protocol' | 'metaData' | 'txn' };

/**
 * Whether a blind append still stands after another writer's commit took its version (PROTOCOL.md leaves this to writers;
 * the rules are those of Delta's own conflict checker). Files that others add or remove never matter to it.
 */
export function checkAppendConflict(planned: readonly Action[], winner: readonly Action[]): AppendConflict {
  if (winner.some((action) => 'protocol' in action)) return { kind: 'reload', reason: 'protocol' };
  if (winner.some((action) => 'metaData' in action)) return { kind: 'reload', reason: 'metaData' };
  const ours = new Set(planned.flatMap((action) => ('txn' in action ? [action.txn.appId] : [])));
  if (winner.some((action) => 'txn' in action && ours.has(action.txn.appId))) return { kind: 'reload', reason: 'txn' };
  return { kind: 'none' };
}
