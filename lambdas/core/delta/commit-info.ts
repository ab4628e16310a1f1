import type { CommitInfo } from './actions.ts';
import type { LogState } from './log-state.ts';
import { type IsolationLevel, properties, validPropertyOf } from './properties.ts';

/** What every commit of an attempt says of itself. */
export interface Attempt {
  /** Fresh for every attempt: how a writer recognises its own commit. */
  txnId: string;
  nowMs: number;
  /** When the commit says that it was made, on a table with in-commit timestamps: `nextCommitTime` answers it. */
  inCommitTimestampMs?: number;
  engineInfo: string;
  /** More members of `commitInfo`, such as `operationMetrics`; they win over those made here. */
  commitInfo?: CommitInfo;
}

export interface OperationInfo {
  /** As Delta's history names it, such as `OPTIMIZE`. */
  operation: string;
  /** JSON values; lists are JSON texts. */
  operationParameters: Readonly<Record<string, unknown>>;
  operationMetrics?: Readonly<Record<string, number>>;
  /** Absent: the table's. */
  isolationLevel?: IsolationLevel;
  /** Adds files, and read nothing to know which. */
  isBlindAppend: boolean;
}

/** The first action of a commit; `state`: of the version that it was planned from. Metrics are texts, as Delta's history has them. */
export function commitInfoOf(
  attempt: Attempt,
  info: OperationInfo,
  state?: Pick<LogState, 'version' | 'metaData'>,
): { commitInfo: CommitInfo } {
  const { txnId, nowMs, inCommitTimestampMs, engineInfo, commitInfo } = attempt;
  const { operation, operationParameters, operationMetrics, isBlindAppend } = info;
  const metaData = state?.metaData ?? { configuration: {} };
  if (validPropertyOf(metaData, properties.enableInCommitTimestamps) && inCommitTimestampMs === undefined) {
    throw new Error('expected inCommitTimestampMs for a commit to a table with in-commit timestamps, got none');
  }
  return {
    commitInfo: {
      ...(inCommitTimestampMs === undefined ? {} : { inCommitTimestamp: inCommitTimestampMs }),
      timestamp: inCommitTimestampMs ?? nowMs,
      operation,
      operationParameters,
      ...(operationMetrics === undefined ? {} : { operationMetrics: asTexts(operationMetrics) }),
      ...(state === undefined ? {} : { readVersion: state.version }),
      isolationLevel: info.isolationLevel ?? validPropertyOf(metaData, properties.isolationLevel),
      isBlindAppend,
      engineInfo,
      txnId,
      ...commitInfo,
    },
  };
}

const asTexts = (metrics: Readonly<Record<string, number>>): Record<string, string> =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, String(value)]));
