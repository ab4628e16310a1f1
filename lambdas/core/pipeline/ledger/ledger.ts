import type { TableSettings } from '#contract/table-settings.ts';
import type { DataType } from '#delta/schema.ts';
import type { RepairTally } from '../repair/repair-tally.ts';
import type { Manifest } from './manifest.ts';
import type { Position, PositionRun } from './position.ts';
import type { SchemaChange } from './schema-change.ts';

/** How far a source partition has been accepted. */
export interface Cursor {
  sourcePartition: string;
  /** Last accepted position; absent before the first. */
  position?: Position;
  /** Records before it are left out unseen: where the source, a take-over or a seek begins. Absent: none is. */
  start?: Position;
  /** Moves with every change but the count of attempts; what a transaction is conditioned on. */
  revision: number;
  /** Last ordinal given out, by table id; counted anew for another incarnation or another ledger id. */
  ordinals: Record<string, { incarnation: string; ledgerId: string; ordinal: number }>;
  /** At or below its floor a record is a redelivery for that table alone (take-over). */
  floors: Record<string, Position>;
  /** Beyond the cursor, what tables have already, by table id and in order: in a ledger that was restored. */
  taken?: Record<string, PositionRun[]>;
  /** The bundle by which it was moved last, maybe placed by now; absent where it was none. */
  bundle?: string;
  /** Of `redrive/…`: the newest entry of the journal that tells every dead letter that was redriven. */
  redriven?: string;
  greatestTimestampMs: number;
  /** The last 16 batch ends: position and a fingerprint of the record there, oldest first. */
  batchEnds: { position: Position; fingerprint: string }[];
  /** Attempts at `attemptedPosition` that neither succeeded nor failed in a caught way, this one included. */
  attempts: number;
  attemptedPosition?: Position;
}

/** The family of writers that a table's log has. */
export interface LogStoreInForce {
  family: TableSettings['logStore'];
  /** Up to this version others may have written otherwise. */
  sinceVersion: number;
  /** Set while an operator switches: nobody commits. */
  switchingTo?: TableSettings['logStore'];
}

/** A column that the ledger had agreed on, until the log had its name with another type. */
export interface ContradictedColumn {
  /** As files have it that manifests of `schemaVersion` and before stage. */
  name: string;
  type: DataType;
  /** The last version of the agreed schema that had it. */
  schemaVersion: number;
  /** The version of the log that had another type, and its `metaData.id`. */
  log: { incarnation: string; version: number };
}

/** A table as ledger and log agree on it. */
export interface TableRecord {
  tableId: string;
  tableName: string;
  /** `metaData.id`: the log's, or the one that version 0 will be written with. */
  incarnation: string;
  /** Agreed columns: JSON text of a struct type, partition and position columns included. */
  schemaString: string;
  /** Counts agreed changes, from 1. */
  schemaVersion: number;
  partitionColumns: string[];
  /** Of the log's table properties those that say how data files are written; absent: none is set. */
  fileProperties?: Record<string, string>;
  /** Of the log's reader features those that say what its columns may be: `timestampNtz`, `typeWidening`; absent: none is known. */
  features?: string[];
  /** What has changed in the agreed columns, and by whom: the last changes, oldest first. */
  changes?: SchemaChange[];
  /** Columns that the log has with another type than files were written with, oldest first; absent: none ever was. */
  contradicted?: ContradictedColumn[];
  /** How the writers of its log agree on versions; absent until the first commit. */
  logStore?: LogStoreInForce;
}

/** How many tables may be made under one counter. */
export interface TableCap {
  counter: string;
  limit: number;
}

/** What waits for the committer, as the committer last saw it. */
export interface Backlog {
  stagedBytes: number;
  stagedManifests: number;
  oldestArrivalMs?: number;
  /** When the oldest manifest becomes due; absent when nothing is staged. */
  dueAtMs?: number;
  publishedMs: number;
}

/** A cursor's move: accepted only if the cursor still has `expectedRevision` (0: it must not exist). */
export interface CursorMove {
  sourcePartition: string;
  expectedRevision: number;
  next: Omit<Cursor, 'sourcePartition' | 'revision' | 'attempts' | 'attemptedPosition'>;
}

/**
 * One transaction: all of it or nothing. At most 4 MB, and 80 cursors; a manifest at most 300 KB; beyond 100 items only manifests at
 * free places, of one table at most 80. It is refused where a cursor has another revision, where a manifest's place in line is
 * taken, or where one of `removed` or `replaced` is not staged any more.
 */
export interface Transaction {
  moves: CursorMove[];
  manifests: Manifest[];
  /** Manifests that others take the place of. */
  removed?: Manifest[];
  /** Manifests that are put over those at the same places in line, whatever those hold. */
  replaced?: Manifest[];
}

/**
 * The ledger. Reads are consistent. Expected outcomes are values; an exception is an outage or a bug. Every implementation
 * passes `test/support/ledger-contract.ts`.
 */
export interface Ledger {
  /** Identity of this physical ledger: a restored copy answers another one. */
  id(): Promise<string>;

  /** Reads the cursor and, in the same request, counts an attempt at `position`, the batch's first. */
  beginAttempt(sourcePartition: string, position: Position): Promise<Cursor>;
  /**
   * Counts an attempt of one record alone, and answers how many there were of this record, this one included. They are forgotten
   * with the attempts.
   */
  beginLoneAttempt(sourcePartition: string, position: Position): Promise<number>;
  /** Forgets the attempts: after success and after every caught failure. */
  endAttempt(sourcePartition: string): Promise<void>;
  readCursor(sourcePartition: string): Promise<Cursor | undefined>;
  cursors(): AsyncIterable<Cursor>;

  /**
   * Moves cursors and stages manifests. A cursor that moves forgets its attempts. `refused`: a condition failed, nothing
   * happened. `unknown`: read the cursors back.
   */
  stage(transaction: Transaction): Promise<'staged' | 'refused' | 'unknown'>;

  tableNamed(tableName: string): Promise<TableRecord | undefined>;
  tableById(tableId: string): Promise<TableRecord | undefined>;
  tables(): AsyncIterable<TableRecord>;
  /** Creates the record unless the name is taken; answers the one that is there. */
  createTable(record: TableRecord): Promise<TableRecord>;
  /**
   * The same, and counts the record, where it is made, under the cap's counter, all of it or nothing; `full`: no table has the
   * name, and the counter is at its limit. However many race, no more are made than that.
   */
  createCountedTable(record: TableRecord, cap: TableCap): Promise<TableRecord | 'full'>;
  /** Tables that were made under a counter. */
  tablesCounted(counter: string): Promise<number>;
  /** Puts `record` (with `schemaVersion` = expected + 1) if the version there is the expected one; answers what is there. */
  updateTable(record: TableRecord, expectedSchemaVersion: number): Promise<TableRecord>;

  /** Every manifest of a table: read-committed, by ordinal within a source partition; no snapshot across pages. */
  manifestsOf(tableId: string): Promise<Manifest[]>;
  deleteManifests(manifests: readonly Manifest[]): Promise<void>;

  backlogOf(tableId: string): Promise<Backlog | undefined>;
  publishBacklog(tableId: string, backlog: Backlog): Promise<void>;

  repairTallyOf(tableId: string): Promise<RepairTally | undefined>;
  /** Puts `tally` if what is there has the revision before it (1: nothing is there). */
  publishRepairTally(tableId: string, tally: RepairTally): Promise<'published' | 'refused'>;

  /** Extends the lease; `lost` when another owner has it. Safety never depends on it. */
  renewLease(tableId: string, owner: string, expiresAtS: number): Promise<'renewed' | 'lost'>;
}
