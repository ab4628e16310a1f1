import type { MessagePort } from 'node:worker_threads';
import type { ColumnChunk } from '#columnar/encode/column-chunk.ts';
import type { Compression } from '#columnar/encode/page-compression.ts';
import type { ColumnValue } from '#columnar/vector/column.ts';
import type { ColumnPart } from '#columnar/vector/joined-column.ts';
import type { StructField, StructType } from '#delta/schema.ts';

/** Makes room for so many bytes of payloads, in place of what was before. No scan's rows may be needed any more. */
export interface RoomJob {
  kind: 'room';
  bytes: number;
}

/** Where other threads put payloads for a scan: in the kernel's memory, the same from batch to batch. */
export interface PayloadRoom {
  memory: SharedArrayBuffer;
  start: number;
  end: number;
}

/** Scans payloads of the room. */
export interface ScanJob {
  kind: 'scan';
  /** How many of the scans before are still needed: the others' memory is free. This one is the next. */
  depth: number;
  /** Start and end of each payload; both 0 for a row of nulls. */
  spans: Uint32Array<ArrayBuffer>;
  /** Which scanner: what it is made with comes along when it is to be made, anew or for the first time. */
  scanner: number;
  table: { schema: StructType; reserved: ReadonlySet<string> } | undefined;
}

/** What was put into rows since they were scanned. */
export interface RowEdits {
  puts: readonly (readonly [row: number, values: readonly ColumnValue[]])[];
  /** By column: texts, each of so many rows one after another; undefined where nothing was put. */
  texts: readonly { column: number; runs: readonly (string | undefined)[]; rows: readonly number[] }[];
}

/** Groups rows by equal values, `rows` or all of them. */
export interface GroupJob {
  kind: 'group';
  scan: number;
  edits: RowEdits;
  columns: readonly number[];
  rows: Int32Array<ArrayBuffer>;
}

/** Makes a row group of `rows`, or of all. */
export interface EncodeJob {
  kind: 'encode';
  scan: number;
  edits: RowEdits;
  places: readonly number[];
  fields: readonly StructField[];
  rows: Int32Array<ArrayBuffer> | undefined;
  compression: Compression;
  bloomFilters: readonly string[];
}

export type Job = RoomJob | ScanJob | GroupJob | EncodeJob;

export interface Answers {
  room: PayloadRoom;
  /** Rows that are left to the parser. */
  scan: { unscanned: readonly number[] };
  /** Each group's rows, and the columns' values in its first. */
  group: { rows: Int32Array; values: readonly ColumnValue[] }[];
  encode: EncodedPart;
}

/** A row group to be, and what statistics take of its columns. */
export interface EncodedPart {
  rows: number;
  leaves: readonly ColumnChunk[];
  columns: readonly ColumnPart[];
}

export interface AskedJob {
  id: number;
  job: Job;
}

export type Answered = { id: number } & ({ answer: Answers[Job['kind']] } | { failure: string });

/** What a thread begins with. */
export interface ThreadData {
  port: MessagePort;
  /** By the numbers below. */
  signals: Int32Array<SharedArrayBuffer>;
}

/** 1 from when the thread takes jobs. */
export const readySignal = 0;
/** How many answers there have been. */
export const answersSignal = 1;
