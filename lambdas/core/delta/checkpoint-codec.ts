import type { Action, AddFile, MetaData, Protocol, RemoveFile } from './actions.ts';
import type { BoundPredicate } from './comparison.ts';

export type ActionKind = 'protocol' | 'metaData' | 'txn' | 'domainMetadata' | 'add' | 'remove';

/** A file of a V2 checkpoint that holds its file actions. `path` is a name under `_delta_log/_sidecars/`. */
export interface Sidecar {
  path: string;
  sizeInBytes: number;
  modificationTime?: number;
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

/** Reads checkpoints as Parquet files (PROTOCOL.md, "Checkpoint Schema"). */
export interface CheckpointReader {
  /**
   * Rows that hold an action of `kinds` or a sidecar, in no order. Columns of other kinds are not fetched.
   * Statistics come as JSON text, even where the file has them in struct form only. With `query`, an `add` whose file certainly
   * holds no row of it may be left out, and its bytes unread.
   */
  read(file: RangedFile, kinds: readonly ActionKind[], query?: FileQuery): AsyncIterable<CheckpointAction>;
}

/** Reads them, and writes them. */
export interface CheckpointCodec extends CheckpointReader {
  /**
   * Writes a checkpoint's file as a stream: row groups of the files before that stay as they are are copied as bytes. Memory
   * holds a few row groups.
   *
   * @throws {CorruptLog} when a file before is damaged.
   */
  write(content: CheckpointContent, sink: CheckpointSink): Promise<WrittenFile>;
}

/** What a new file of a checkpoint holds. */
export interface CheckpointContent {
  /** Actions but those of files. */
  state: readonly StateAction[];
  /** The table's: they say which columns there are. */
  metaData: MetaData;
  protocol: Protocol;
  /** Files with actions of the checkpoint before. */
  previous: readonly RangedFile[];
  /** Whether a file action of the checkpoint before stays; tells by path, deletion vector and time of deletion alone. */
  keeps: (action: FileAction) => boolean;
  /** File actions beside them. */
  files: Iterable<FileAction> | AsyncIterable<FileAction>;
}

export type StateAction =
  | Exclude<Action, FileAction>
  | { sidecar: Sidecar }
  | { checkpointMetadata: { version: bigint } };

export type FileAction = { add: AddFile } | { remove: RemoveFile };

export interface CheckpointSink {
  write(bytes: Uint8Array): Promise<void>;
}

export interface WrittenFile {
  sizeBytes: number;
  actions: number;
  addFiles: number;
  /** Of the live files: equal for the same ones, in whatever order. */
  fingerprint: string;
  /** Reads the file back, and says what is not as it was written; `undefined` when all is. */
  verify(file: RangedFile): Promise<string | undefined>;
}
