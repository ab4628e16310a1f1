import { type LogEntry, SegmentLog } from '../log/segment-log.ts';
import type { HashKeyRange } from './hash-key.ts';
import { formatSequenceNumber } from './sequence-number.ts';

export interface NewRecord {
  partitionKey: string;
  data: Uint8Array;
}

export interface StoredRecord extends NewRecord {
  data: Buffer;
  sequenceNumber: string;
  arrivalMs: number;
  /** Place in the shard, from 1. */
  ordinal: number;
}

/** What is kept of a shard beside its records. */
export interface ShardState {
  index: number;
  range: HashKeyRange;
  parents: number[];
  createdMs: number;
  /** Set once the shard takes no more records. */
  closedMs?: number;
}

export const shardId = (index: number): string => `shardId-${String(index).padStart(12, '0')}`;

/** Payload of a log entry: u16 bytes of the partition key | partition key, UTF-8 | data */
function encodeRecord({ partitionKey, data }: NewRecord): Buffer {
  const keyBytes = Buffer.byteLength(partitionKey);
  const payload = Buffer.allocUnsafe(2 + keyBytes + data.length);
  payload.writeUInt16BE(keyBytes, 0);
  payload.write(partitionKey, 2);
  payload.set(data, 2 + keyBytes);
  return payload;
}

/** One shard: its records in a log on disk, numbered from 0 there and from ordinal 1 outside. */
export class Shard {
  readonly state: ShardState;
  readonly #log: SegmentLog;
  #lastMs: number;

  constructor(state: ShardState, folder: string) {
    this.state = state;
    this.#log = new SegmentLog(folder);
    this.#lastMs = Math.max(state.createdMs, this.#log.maxTimeMs);
  }

  get id(): string {
    return shardId(this.state.index);
  }

  get open(): boolean {
    return this.state.closedMs === undefined;
  }

  get startingSequenceNumber(): string {
    return formatSequenceNumber({ timeMs: this.state.createdMs, shard: this.state.index, ordinal: 0 });
  }

  get endingSequenceNumber(): string | undefined {
    const { closedMs, index } = this.state;
    if (closedMs === undefined) return undefined;
    return formatSequenceNumber({ timeMs: closedMs, shard: index, ordinal: this.nextOrdinal });
  }

  /** Ordinal the next record gets. */
  get nextOrdinal(): number {
    return this.#log.end + 1;
  }

  /** Arrival of the newest record, or the shard's creation. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** Appends records in order; they are on disk when this returns their sequence numbers. */
  append(records: readonly NewRecord[], nowMs: number): string[] {
    const timeMs = Math.max(nowMs, this.#lastMs);
    const first = this.#log.append(records.map((record) => ({ count: 1, timeMs, payload: encodeRecord(record) })));
    this.#lastMs = timeMs;
    return records.map((_, i) => formatSequenceNumber({ timeMs, shard: this.state.index, ordinal: first + i + 1 }));
  }

  /** Records from `ordinal` on: at least one if there is one, at most `limit`, about `maxBytes`. */
  read(ordinal: number, limit: number, maxBytes: number): StoredRecord[] {
    return this.#log.read(Math.max(0, ordinal - 1), maxBytes, limit).map((entry) => this.#decode(entry));
  }

  /** Ordinal of the first record that arrived at or after `timeMs`; the next one to come if there is none. */
  ordinalAtTime(timeMs: number): number {
    const entry = this.#log.findTime(timeMs);
    return entry === undefined ? this.nextOrdinal : entry.first + 1;
  }

  /** Deletes files whose records all arrived before `timeMs`. */
  dropBefore(timeMs: number): void {
    this.#log.dropBefore(timeMs);
  }

  close(): void {
    this.#log.close();
  }

  #decode({ first, timeMs, payload }: LogEntry): StoredRecord {
    const keyBytes = payload.readUInt16BE(0);
    return {
      partitionKey: payload.toString('utf8', 2, 2 + keyBytes),
      data: payload.subarray(2 + keyBytes),
      sequenceNumber: formatSequenceNumber({ timeMs, shard: this.state.index, ordinal: first + 1 }),
      arrivalMs: timeMs,
      ordinal: first + 1,
    };
  }
}
