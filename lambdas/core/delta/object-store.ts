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
 * Objects under one root (a table). Paths are relative to it, decoded, `/`-separated: `_delta_log/00000000000000000000.json`.
 *
 * Every implementation keeps these guarantees, held to by `test/support/object-store-contract.ts`: reads and lists see every
 * write that was answered before they began; of racing `putIfAbsent` calls for one path exactly one creates it, and no reader
 * ever sees part of an object. Absence is a value (`undefined`); an exception is an outage or a bug.
 */
export interface ObjectStore {
  read(path: string): Promise<StoredObject | undefined>;
  /** Bytes `start` (inclusive) to `end` (exclusive); a negative `start` counts from the end. */
  readRange(path: string, start: number, end?: number): Promise<Uint8Array | undefined>;
  head(path: string): Promise<ObjectInfo | undefined>;
  putIfAbsent(path: string, bytes: Uint8Array): Promise<PutOutcome>;
  /** Puts plainly: for fresh names and for `_last_checkpoint`. Returns when the object is durable. */
  put(path: string, bytes: Uint8Array): Promise<void>;
  /** Objects whose path begins with `prefix` and sorts after `startAfter`, in the order of UTF-8 bytes. */
  list(prefix: string, startAfter?: string): AsyncIterable<ObjectInfo>;
  /** Deleting what is absent is no error. */
  delete(path: string): Promise<void>;
}
