/** What a store says of one object. */
export interface ObjectInfo {
  path: string;
  sizeBytes: number;
  lastModifiedMs: number;
  /** Opaque; equal only for equal content of one write. */
  etag: string;
}

export interface StoredObject extends ObjectInfo {
  bytes: Uint8Array;
}

/**
 * The outcome of a conditional put. `unknown` means that no answer tells whether it took effect (409, 5xx, time-out after
 * the client's own attempts): read back before doing anything else.
 */
export type PutOutcome = 'created' | 'exists' | 'unknown';

/**
 * An object written in pieces, so that it need not fit into memory. Nobody sees any of it before it is complete. Whoever
 * opened it ends it, by `complete`, `completeIfAbsent` or `abort`; what a crash leaves behind is never a visible object.
 */
export interface Upload {
  /** Appends bytes, which may change once it returns; waits while much is under way. After an exception only `abort` helps. */
  write(bytes: Uint8Array): Promise<void>;
  /** Puts the object plainly: for fresh names. Returns when it is durable. */
  complete(): Promise<ObjectInfo>;
  /** Puts the object unless there is one. After `unknown` it may be asked again, or aborted. */
  completeIfAbsent(): Promise<PutOutcome>;
  /** Forgets what was written; after completion or another abort it does nothing. */
  abort(): Promise<void>;
}

/**
 * Objects under one root (a table). Paths are relative to it, decoded, `/`-separated: `_delta_log/00000000000000000000.json`.
 *
 * Every implementation keeps these guarantees, held to by `test/support/object-store-contract.ts`: reads and lists see every
 * write that was answered before they began; of racing `putIfAbsent` calls for one path exactly one creates it, and no reader
 * ever sees part of an object. Absence is a value (`undefined`); an exception is an outage or a bug.
 */
export interface ObjectStore {
  read(path: string): Promise<StoredObject | undefined>;
  /** Bytes `start` (inclusive) to `end` (exclusive); a negative `start` counts from the end. In memory of their own. */
  readRange(path: string, start: number, end?: number): Promise<Uint8Array | undefined>;
  head(path: string): Promise<ObjectInfo | undefined>;
  putIfAbsent(path: string, bytes: Uint8Array): Promise<PutOutcome>;
  /** Puts plainly: for fresh names and for `_last_checkpoint`. Returns when the object is durable. */
  put(path: string, bytes: Uint8Array): Promise<void>;
  /** Begins an object that arrives in pieces. */
  openUpload(path: string): Promise<Upload>;
  /** Objects whose path begins with `prefix` and sorts after `startAfter`, in the order of UTF-8 bytes. */
  list(prefix: string, startAfter?: string): AsyncIterable<ObjectInfo>;
  /** Deleting what is absent is no error. */
  delete(path: string): Promise<void>;
  /** Deletes many, a thousand at a time in the order given; an exception says which was refused, and leaves some deleted. */
  deleteAll(paths: readonly string[]): Promise<void>;
}
