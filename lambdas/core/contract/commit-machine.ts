/**
 * What the commit state machine and the commit function say to each other.
 *
 * The machine's input is an array of wake-ups, as the pipe sends them and as the sweeper does. It takes the lease of each
 * table (item `lease`: `owner` S, `expiresAtS` N, `dirty` BOOL), invokes the commit function until nothing more is ripe
 * soon, and releases on condition that nobody set `dirty`.
 */
export interface WakeUp {
  /** Partition key of a manifest: `manifest#<table id>#<bucket>`. */
  pk: string;
  /** When the wake-up was sent, in epoch seconds: the machine's notion of now when it takes the lease. */
  at: number;
}

export interface CommitRequest {
  tableId: string;
  /** The lease's owner: the name of the execution with the table's id. */
  owner: string;
  /** When the execution began (ISO 8601), which waits for nothing that comes after its end. Absent: just now. */
  startedAt?: string;
}

/** An execution ends after as long. It may come to a table late, with many others before it. */
export const executionS = 300;

export interface CommitResponse {
  tableId: string;
  /** Seconds after which the function wants to be called again; 0: release the lease. At most 60. */
  waitS: number;
  /** A checkpoint is due at `version`: the machine invokes the checkpoint function, without waiting for it. */
  checkpointDue: boolean;
  /** Staged files contradict the log's columns: the machine invokes the divert function, without waiting for it. */
  divertDue: boolean;
  /** The table's version after this round; −1 when there is no table yet. */
  version: number;
}

export interface CheckpointRequest {
  tableId: string;
}

export interface DivertRequest {
  tableId: string;
}

/** A lease that was not renewed for as long has no owner any more. */
export const leaseS = 150;
