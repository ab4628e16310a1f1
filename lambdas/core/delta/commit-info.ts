import type { CommitInfo } from './actions.ts';

/** What every commit of an attempt says of itself. */
export interface Attempt {
  /** Fresh for every attempt: how a writer recognises its own commit. */
  txnId: string;
  nowMs: number;
  engineInfo: string;
  /** More members of `commitInfo`, such as `operationMetrics`; they win over those made here. */
  commitInfo?: CommitInfo;
}

/** Delta's isolation levels; the table's default is the strictest, and commits that change no data may have the last. */
export type IsolationLevel = 'Serializable' | 'WriteSerializable' | 'SnapshotIsolation';

export interface OperationInfo {
  /** As Delta's history names it, such as `OPTIMIZE`. */
  operation: string;
  /** JSON values; lists are JSON texts. */
  operationParameters: Readonly<Record<string, unknown>>;
  operationMetrics?: Readonly<Record<string, number>>;
  /** The version that was read to plan it; absent for version 0. */
  readVersion?: number;
  isolationLevel: IsolationLevel;
  /** Adds files, and read nothing to know which. */
  isBlindAppend: boolean;
}

/** The first action of a commit. Metrics are written as texts, as Delta's history has them. */
export function commitInfoOf(attempt: Attempt, info: OperationInfo): { commitInfo: CommitInfo } {
  const { txnId, nowMs, engineInfo, commitInfo } = attempt;
  const { operation, operationParameters, operationMetrics, readVersion, isolationLevel, isBlindAppend } = info;
  return {
    commitInfo: {
      timestamp: nowMs,
      operation,
      operationParameters,
      ...(operationMetrics === undefined ? {} : { operationMetrics: asTexts(operationMetrics) }),
      ...(readVersion === undefined ? {} : { readVersion }),
      isolationLevel,
      isBlindAppend,
      engineInfo,
      txnId,
      ...commitInfo,
    },
  };
}

const asTexts = (metrics: Readonly<Record<string, number>>): Record<string, string> =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, String(value)]));
