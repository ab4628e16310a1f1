import type { Action } from './actions.ts';

/** What a commit came to. Nothing else is expected: an exception is an outage or a bug, after which the log tells the truth. */
export type CommitOutcome =
  /** `N.json` holds these actions. */
  | { kind: 'committed'; anomaly?: Anomaly }
  /** `N.json` is another's: read it, plan the next version. */
  | { kind: 'conflict'; anomaly?: Anomaly }
  /** No answer tells; the commit may still take effect. Look at the log, drop what it covers, plan afresh. */
  | { kind: 'retryable'; reason: string };

/** Something that a person should hear of: `strayWriter`, a writer of the other family; `tempMissing`, a lost temp file. */
export type Anomaly = 'strayWriter' | 'tempMissing';

/** How one version is written so that of all writers exactly one succeeds, and no version is ever replaced. */
export interface LogStore {
  /** Writes `actions` as version `version`, given that `version − 1` is in the log. `txnId` is `commitInfo.txnId`. */
  commit(version: number, actions: readonly Action[], txnId: string): Promise<CommitOutcome>;
  /**
   * Puts into the log what another began to commit and has not ended: afterwards the log is what every reader will see.
   *
   * @throws where no answer tells that it is done.
   */
  finish(): Promise<void>;
  /** Whether nobody has anything left to do for a version that is in the log: before, its file must stay. */
  isFinished(version: number): Promise<boolean>;
  /** Whether a writer of the other family wrote this version, the latest: its entry tells, or the lack of one. */
  isStray(version: number): Promise<boolean>;
}
