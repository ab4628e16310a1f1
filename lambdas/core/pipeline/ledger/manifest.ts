import type { PartitionValues } from '#delta/actions.ts';
import type { Position } from './position.ts';

/** A Parquet file on S3 that waits for its commit, with all that its `add` will say. */
export interface StagedFile {
  /** Decoded, relative to the table: `symbol=AAPL/part-<id>.parquet`. */
  path: string;
  sizeBytes: number;
  rows: number;
  partitionValues: PartitionValues;
  /** JSON text of Delta's statistics. */
  stats: string;
  modifiedMs: number;
}

/** What one manifest takes from one source partition. */
export interface ManifestRange {
  /** `<source>/<shard or topic partition>`. */
  sourcePartition: string;
  /** The ledger's id when this was staged: part of the txn's appId. */
  ledgerId: string;
  ordinal: number;
  /** What the transaction moved the cursor to: revisions that follow on each other leave no record out. */
  revision: number;
  /** The first and last position that the batch accepted of this source partition, whatever became of the records. */
  from: Position;
  to: Position;
  /** Records of `from` to `to` that became rows of this manifest's files. */
  rows: number;
  /** Records of `from` to `to` that became dead letters, or were dropped by a rule: said once, by one of the transaction's manifests. */
  deadLetters?: number;
  dropped?: number;
  /** Of a redrive: the journal entry that tells which dead letters these rows were; `from` and `to` are its number. */
  redriven?: string;
}

/** The ledger item that stages data files for one table. Its key is that of its first range. */
export interface Manifest {
  tableId: string;
  /** `metaData.id` of the table that the ordinals count for. */
  incarnation: string;
  /** Sorted by source partition; never empty. */
  ranges: ManifestRange[];
  files: StagedFile[];
  /** Arrival of the oldest and newest record among the rows. */
  oldestArrivalMs: number;
  newestArrivalMs: number;
  stagedMs: number;
  /** The version of the agreed schema (`TableRecord.schemaVersion`) that the files were written with. */
  schemaVersion: number;
}
