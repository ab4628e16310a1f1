import { parseActions } from './action-json.ts';
import type { Action } from './actions.ts';
import type { Attempt } from './commit-info.ts';
import { nextCommitTime } from './commit-time.ts';
import { type Conflict, checkConflicts, isolationOf, type Reads } from './conflicts.ts';
import { CommitContentionError } from './errors.ts';
import { commitPath } from './log-path.ts';
import { applyToDraft, type LogState, type StateDraft } from './log-state.ts';
import type { LogStore } from './log-store.ts';
import type { ObjectStore } from './object-store.ts';

/** Attempts in a row that others win, or that nobody answers. */
const maxAttempts = 20;

export interface Operation {
  /**
   * Plans the version after `state`. `winners`: actions of the commits since the state that the operation was first planned
   * from. `undefined`: nothing is left to do. Pure: it is asked again for every attempt.
   */
  plan(state: LogState, attempt: Attempt, winners: readonly Action[]): Action[] | undefined;
  reads: Reads;
}

export type TransactOutcome =
  | { kind: 'committed'; version: number; actions: readonly Action[] }
  | { kind: 'nothing' }
  /** The commit of `version` by another makes the operation invalid: plan it from the start, or give up. */
  | { kind: 'conflict'; version: number; reason: Conflict }
  /** The log was replaced after attempts that nobody answered: what they wrote may be named by the log that was. */
  | { kind: 'unknown'; version: number };

export interface TransactPorts {
  nowMs(): number;
  /** Fresh at each call. */
  txnId(): string;
  engineInfo: string;
}

interface Winner {
  version: number;
  actions: readonly Action[];
}

/**
 * Commits an operation that was planned from `from`, one version after the latest: over commits of others as long as the
 * conflict rules let it stand. A lost answer is settled by the log: a commit with one of our txnIds is ours.
 *
 * @throws {CommitContentionError} when others were ahead at every attempt, or no answer came.
 * @throws what the operation's plan throws.
 */
export async function transact(
  log: { objects: ObjectStore; logStore: LogStore },
  from: LogState,
  operation: Operation,
  ports: TransactPorts,
): Promise<TransactOutcome> {
  let state = from;
  const winners: Winner[] = [];
  const attempted = new Map<string, readonly Action[]>();
  for (let attempt = 0; ; attempt++) {
    const news = await commitsAfter(state, log.objects);
    if (news === undefined) {
      if (attempted.size > 0) return { kind: 'unknown', version: state.version };
      return { kind: 'conflict', version: state.version, reason: { rule: 'logReplaced' } };
    }
    for (const { version, actions } of news.commits) {
      const own = attempted.get(txnIdOf(actions) ?? '');
      if (own !== undefined) return { kind: 'committed', version, actions: own };
    }
    winners.push(...news.commits);
    state = news.state;
    if (attempt === maxAttempts) break;

    const txnId = ports.txnId();
    const nowMs = ports.nowMs();
    const commitTime = await nextCommitTime(state, log.objects, nowMs);
    const made: Attempt = { txnId, nowMs, ...commitTime, engineInfo: ports.engineInfo };
    const actions = operation.plan(
      state,
      made,
      winners.flatMap((winner) => winner.actions),
    );
    if (actions === undefined) return { kind: 'nothing' };
    const conflict = firstConflict(actions, operation.reads, winners, from);
    if (conflict !== undefined) return conflict;

    attempted.set(txnId, actions);
    const outcome = await log.logStore.commit(state.version + 1, actions, txnId);
    if (outcome.kind === 'committed') return { kind: 'committed', version: state.version + 1, actions };
  }
  throw new CommitContentionError(
    `table ${from.metaData.id}: expected to commit within ${maxAttempts} attempts after version ${from.version}, the log is at ${state.version}`,
  );
}

function firstConflict(
  planned: readonly Action[],
  reads: Reads,
  winners: readonly Winner[],
  from: LogState,
): TransactOutcome | undefined {
  const isolation = isolationOf(planned, from.metaData);
  for (const { version, actions } of winners) {
    const reason = checkConflicts(planned, reads, actions, isolation, from);
    if (reason !== undefined) return { kind: 'conflict', version, reason };
  }
  return undefined;
}

const txnIdOf = (actions: readonly Action[]): string | undefined =>
  actions.find((action) => 'commitInfo' in action)?.commitInfo.txnId;

/** Commits after a state, in order, and the state with them. `undefined`: its own commit is gone or was replaced. */
async function commitsAfter(
  state: LogState,
  store: ObjectStore,
): Promise<{ state: LogState; commits: Winner[] } | undefined> {
  const own = await store.head(commitPath(state.version));
  if (state.etag !== undefined && own?.etag !== state.etag) return undefined;
  const draft: StateDraft = { ...state, txns: new Map(state.txns), domains: new Map(state.domains) };
  const commits: Winner[] = [];
  let { version, commitTimestampMs, etag } = state;
  for (;;) {
    const path = commitPath(version + 1);
    const object = await store.read(path);
    if (object === undefined) break;
    const actions = parseActions(object.bytes, path);
    for (const action of actions) applyToDraft(draft, action);
    version += 1;
    commitTimestampMs = object.lastModifiedMs;
    etag = object.etag;
    commits.push({ version, actions });
  }
  return { state: { ...state, ...draft, version, commitTimestampMs, etag } as LogState, commits };
}
