import type { Action, MetaData } from './actions.ts';
import type { BoundPredicate } from './comparison.ts';

export type ActionKind = 'protocol' | 'metaData' | 'txn' | 'domainMetadata' | 'add' | 'remove';

/** A file of a V2 checkpoint that holds its file actions. `path` is a name under `_delta_log/_sidecars/`. */
export interface Sidecar {
  path: string;
  sizeInBytes: number;
}

export type CheckpointAction = Action | { sidecar: Sidecar };

/** A file that is read by ranges: only the columns that are asked for. */
export interface RangedFile {
  path: string;
  sizeBytes: number;
  /** Bytes `start` (inclusive) to `end` (exclusive). */
  readRange(start: number, end: number): Promise<Uint8Array>;
}

/** Asks for files that may hold rows of a predicate. */
export interface FileQuery {
  predicate: BoundPredicate;
  metaData: MetaData;
}

/** Checkpoints as Parquet files (PROTOCOL.md, "Checkpoint Schema"). */
export interface CheckpointCodec {
  /**
   * Rows that hold an action of `kinds` or a sidecar, in no order. Columns of other kinds are not fetched.
   * Statistics come as JSON text, even where the file has them in struct form only. With `query`, an `add` whose file certainly
   * holds no row of it may be left out, and its bytes unread.
   */
  read(file: RangedFile, kinds: readonly ActionKind[], query?: FileQuery): AsyncIterable<CheckpointAction>;
  /** A classic checkpoint's bytes: what it holds is written as given. */
  write(actions: Iterable<Action>): Promise<Uint8Array>;
}
