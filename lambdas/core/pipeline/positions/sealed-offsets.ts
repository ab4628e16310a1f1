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

export interface Seals {
  /** Transactions that are to be sealed with the first rows of these partitions. */
  missing: string[];
  /** What an application has written since the table was taken over from it. */
  written: OffsetTxn[];
}

/** How far the applications that a table was taken over from are shut out of these partitions. */
export function sealsOf(txns: LogState['txns'], partitions: ReadonlySet<string>): Seals {
  const found = offsetTxnsIn(txns);
  const isSealed = ({ version }: OffsetTxn) => version === takenOverVersion;
  const applications = new Set(found.filter(isSealed).map(({ application }) => application));
  return {
    missing: [...applications].flatMap((application) =>
      [...partitions]
        .filter((partition) => /^(0|[1-9]\d*)$/.test(partition))
        .map((partition) => offsetTxnOf(application, partition))
        .filter((appId) => !txns.has(appId)),
    ),
    written: found.filter((txn) => applications.has(txn.application) && !isSealed(txn)),
  };
}
