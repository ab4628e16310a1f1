import type { Compression } from '#columnar/encode/page-compression.ts';
import type { IndexedColumns } from '#delta/indexed-columns.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import type { StructField } from '#delta/schema.ts';
import type { RowOrder } from './optimize-plan.ts';

export interface RewriteInput {
  /** In the store, decoded. */
  path: string;
  sizeBytes: number;
  /** Reads the positions of rows that are deleted, counted from 0: there may be millions. Absent: none is. */
  deleted?: (() => Promise<readonly number[]>) | undefined;
}

export interface RewriteJob {
  inputs: readonly RewriteInput[];
  /** The table's columns without those it is partitioned by; a file that lacks one has nulls. */
  fields: readonly StructField[];
  /** Absent: rows stay in the order of the inputs. */
  order: RowOrder | undefined;
  compression: Compression;
  /** Columns that get statistics. */
  indexed: IndexedColumns;
  /** Rows in an order are split into files of about this size; else one file takes them all. */
  targetBytes: number;
  /** A fresh path for each new file. */
  newPath(): string;
}

export interface RewrittenFile {
  path: string;
  sizeBytes: number;
  rows: number;
  /** `add.stats`. */
  stats: string;
}

/** Writes rows of many data files anew, where copying their row groups does not do. */
export interface FileRewriter {
  /**
   * The new files, each put whole; none where all rows are deleted ones.
   *
   * @throws {UnsupportedFeature} for types that it does not write, before anything is read.
   * @throws {MissingDataFile} when an input is not there.
   */
  rewrite(job: RewriteJob, store: ObjectStore): Promise<RewrittenFile[]>;
}
