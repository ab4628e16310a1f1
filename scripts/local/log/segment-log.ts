import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type LogEntry, Segment } from './segment.ts';

export type { LogEntry } from './segment.ts';

const defaultSegmentBytes = 64 * 1024 * 1024;

export interface SegmentLogOptions {
  /** A file is full past this size. */
  segmentBytes?: number;
  /** Sees every entry found on opening, in order. */
  onEntry?: (entry: LogEntry) => void;
}

const fileName = (base: number): string => `${String(base).padStart(20, '0')}.log`;

/**
 * Append-only log of numbered entries in files of a folder. What `append` returned from survives the death of the
 * process (it is in the operating system's hands; not flushed against power failure). Opening truncates a torn tail.
 */
export class SegmentLog {
  readonly #folder: string;
  readonly #segmentBytes: number;
  readonly #segments: Segment[] = [];

  constructor(folder: string, { segmentBytes = defaultSegmentBytes, onEntry = () => {} }: SegmentLogOptions = {}) {
    this.#folder = folder;
    this.#segmentBytes = segmentBytes;
    mkdirSync(folder, { recursive: true });
    const bases = readdirSync(folder)
      .filter((name) => name.endsWith('.log'))
      .map((name) => Number.parseInt(name, 10))
      .sort((a, b) => a - b);
    for (const base of bases.length > 0 ? bases : [0]) this.#open(base, onEntry, base === bases.at(-1));
  }

  /** Number of the oldest entry kept. */
  get start(): number {
    return this.#segments[0]!.base;
  }

  /** Number the next entry gets. */
  get end(): number {
    return this.#active.end;
  }

  get maxTimeMs(): number {
    return this.#segments.reduce((max, segment) => Math.max(max, segment.maxTimeMs), 0);
  }

  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** Appends payloads in order and returns the number of the first. */
  append(payloads: readonly { count: number; timeMs: number; payload: Buffer }[]): number {
    if (this.#active.bytes >= this.#segmentBytes) this.#open(this.end, () => {}, true);
    const start = this.end;
    let first = start;
    const entries = payloads.map((payload) => {
      const entry = { ...payload, first };
      first += payload.count;
      return entry;
    });
    this.#active.append(entries);
    return start;
  }

  /** Entries from number `from` on: at least one if there is one, at most `maxEntries`, about `maxBytes` of payload. */
  read(from: number, maxBytes: number, maxEntries: number = Number.POSITIVE_INFINITY): LogEntry[] {
    const entries: LogEntry[] = [];
    let bytes = 0;
    let next = from;
    for (const segment of this.#segments) {
      if (segment.end <= next) continue;
      if (entries.length >= maxEntries || (entries.length > 0 && bytes >= maxBytes)) break;
      for (const entry of segment.read(next, maxBytes - bytes, maxEntries - entries.length)) {
        if (entries.length > 0 && bytes + entry.payload.length > maxBytes) return entries;
        entries.push(entry);
        bytes += entry.payload.length;
        next = entry.first + entry.count;
      }
      if (next < segment.end) break;
    }
    return entries;
  }

  /** First entry whose time is at or after `timeMs`. */
  findTime(timeMs: number): LogEntry | undefined {
    for (const segment of this.#segments) {
      const entry = segment.findTime(timeMs);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  /** Deletes full files that hold nothing at or after `timeMs`. */
  dropBefore(timeMs: number): void {
    while (this.#segments.length > 1 && this.#segments[0]!.maxTimeMs < timeMs) {
      const oldest = this.#segments.shift()!;
      oldest.close();
      rmSync(oldest.path);
    }
  }

  close(): void {
    for (const segment of this.#segments) segment.close();
  }

  get #active(): Segment {
    return this.#segments.at(-1)!;
  }

  #open(base: number, onEntry: (entry: LogEntry) => void, mayBeTorn: boolean): void {
    const segment = new Segment(join(this.#folder, fileName(base)), base);
    const badByte = segment.scan(onEntry);
    if (badByte !== undefined && !mayBeTorn) {
      throw new Error(
        `${segment.path}: expected an intact frame at byte ${badByte} of a full segment, found a bad one`,
      );
    }
    if (badByte !== undefined) segment.truncate();
    this.#segments.push(segment);
  }
}
