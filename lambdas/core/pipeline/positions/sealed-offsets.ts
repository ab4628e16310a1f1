import type { Txn } from '#delta/actions.ts';
import type { LogState } from '#delta/log-state.ts';

/**
 * What a transaction of kafka-delta-ingest says once its partition was taken over. Before each commit it compares what it has
 * written with what the log says, and commits nothing where those differ; no offset is as great, and every reader of JSON holds it.
 */
export const takenOverVersion = 9_007_199_254_740_991n;

/** A transaction of kafka-delta-ingest: `<application>-<partition>` at the last offset that is in the table. */
export interface OffsetTxn extends Pick<Txn, 'appId' | 'version'> {
  application: string;
  partition: string;
}

export const offsetTxnOf = (application: string, partition: string): string => `${application}-${partition}`;

/** Every transaction of a log that may be one of kafka-delta-ingest. */
export function offsetTxnsIn(txns: LogState['txns']): OffsetTxn[] {
  return [...txns.values()].flatMap(({ appId, version }) => {
    const [, application, partition] = /^(.+)-(0|[1-9]\d*)$/.exec(appId) ?? [];
    return application === undefined || partition === undefined ? [] : [{ application, partition, appId, version }];
  });
}

const isSealed = ({ version }: OffsetTxn): boolean => version === takenOverVersion;

/** Applications that a table was taken over from. */
const takenOver = (found: readonly OffsetTxn[]): Set<string> =>
  new Set(found.filter(isSealed).map(({ application }) => application));

/** Transactions that are to be sealed with the first rows of these partitions. */
export function missingSeals(txns: LogState['txns'], partitions: ReadonlySet<string>): string[] {
  const numbered = [...partitions].filter((partition) => /^(0|[1-9]\d*)$/.test(partition));
  return [...takenOver(offsetTxnsIn(txns))].flatMap((application) =>
    numbered.map((partition) => offsetTxnOf(application, partition)).filter((appId) => !txns.has(appId)),
  );
}

/** What applications have written since a table was taken over from them. */
export function writtenSince(txns: LogState['txns']): OffsetTxn[] {
  const found = offsetTxnsIn(txns);
  const applications = takenOver(found);
  return found.filter((txn) => applications.has(txn.application) && !isSealed(txn));
}
