/**
 * One item of the `delta_log` table that S3DynamoDBLogStore writers share (Delta's storage documentation, "Multi-cluster
 * setup"): who may write version `fileName` of `tablePath`, and where its bytes lie until they are `N.json`.
 */
export interface CommitEntry {
  /** The table's URI, byte for byte as every writer of the family writes it: `s3a://bucket/tables/x`. */
  tablePath: string;
  /** `%020d.json`. */
  fileName: string;
  /** Relative to `_delta_log/`, such as `.tmp/00000000000000000007.json.<uuid>`. */
  tempPath: string;
  complete: boolean;
  /** Epoch seconds; only when complete. */
  expireTimeS?: number;
}

/** Guarantees: reads are consistent, a conditional put has one winner, and absence is a value. */
export interface CommitEntryStore {
  get(tablePath: string, fileName: string): Promise<CommitEntry | undefined>;
  /** The entry with the greatest file name. */
  newest(tablePath: string): Promise<CommitEntry | undefined>;
  putIfAbsent(entry: CommitEntry): Promise<'created' | 'exists' | 'unknown'>;
  /** Puts `entry` if the one there still has `expectedTempPath` and is incomplete. */
  replaceIncomplete(entry: CommitEntry, expectedTempPath: string): Promise<'replaced' | 'changed' | 'unknown'>;
  /** Unconditional, as in Spark: complete = "true" with the expiry. */
  markComplete(entry: CommitEntry, expireTimeS: number): Promise<void>;
}
