import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/** One entry of a log: `count` consecutive numbers from `first`, one time, one payload. */
export interface LogEntry {
  first: number;
  count: number;
  timeMs: number;
  payload: Buffer;
}

/**
 * Frame on disk, big endian:
 * u32 payload bytes | u32 CRC32 of all that follows | u48 first | u32 count | u48 time in ms | payload
 */
const headerBytes = 24;
const checkedFrom = 8;
const indexEveryBytes = 32 * 1024;
const scanChunkBytes = 4 * 1024 * 1024;

function encodeFrame({ first, count, timeMs, payload }: LogEntry): Buffer {
  const frame = Buffer.allocUnsafe(headerBytes + payload.length);
  frame.writeUInt32BE(payload.length, 0);
  frame.writeUIntBE(first, 8, 6);
  frame.writeUInt32BE(count, 14);
  frame.writeUIntBE(Math.max(0, timeMs), 18, 6);
  payload.copy(frame, headerBytes);
  frame.writeUInt32BE(crc32(frame.subarray(checkedFrom)), 4);
  return frame;
}

const frameBytes = (bytes: Buffer, at: number): number => headerBytes + bytes.readUInt32BE(at);

function decodeFrame(bytes: Buffer, at: number): LogEntry {
  return {
    first: bytes.readUIntBE(at + 8, 6),
    count: bytes.readUInt32BE(at + 14),
    timeMs: bytes.readUIntBE(at + 18, 6),
    payload: bytes.subarray(at + headerBytes, at + frameBytes(bytes, at)),
  };
}

/** A stretch of about 32 KiB in a segment: where it begins and the greatest time in it. */
interface IndexPoint {
  first: number;
  position: number;
  maxTimeMs: number;
}

/** One append-only file of a log, with a sparse index in memory. */
export class Segment {
  readonly path: string;
  /** Number of the first entry this file holds, or will hold. */
  readonly base: number;
  /** Number after the last entry. */
  end: number;
  bytes = 0;
  maxTimeMs = 0;
  readonly #file: number;
  readonly #index: IndexPoint[] = [];

  constructor(path: string, base: number) {
    this.path = path;
    this.base = base;
    this.end = base;
    this.#file = openSync(path, 'a+');
  }

  /** Reads the whole file, checks every frame and returns the byte at which the first bad frame begins, if any. */
  scan(onEntry: (entry: LogEntry) => void): number | undefined {
    const size = fstatSync(this.#file).size;
    let chunkBytes = scanChunkBytes;
    while (this.bytes < size) {
      const chunk = this.#readBytes(this.bytes, Math.min(chunkBytes, size - this.bytes));
      const lastChunk = this.bytes + chunk.length >= size;
      let at = 0;
      while (at + headerBytes <= chunk.length && at + frameBytes(chunk, at) <= chunk.length) {
        const checked = chunk.subarray(at + checkedFrom, at + frameBytes(chunk, at));
        const entry = decodeFrame(chunk, at);
        if (crc32(checked) !== chunk.readUInt32BE(at + 4) || entry.first !== this.end) return this.bytes;
        onEntry(entry);
        at += frameBytes(chunk, at);
        this.#grow(entry, headerBytes + entry.payload.length);
      }
      if (at === 0) {
        if (lastChunk) return this.bytes;
        chunkBytes *= 2;
      }
    }
    return undefined;
  }

  truncate(): void {
    ftruncateSync(this.#file, this.bytes);
  }

  /** Writes entries that carry consecutive numbers from `end`, in one write; a failed write leaves the file as it was. */
  append(entries: readonly LogEntry[]): void {
    const frames = entries.map(encodeFrame);
    const bytes = frames.length === 1 ? frames[0]! : Buffer.concat(frames);
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written);
    } catch (cause) {
      this.truncate();
      throw new Error(`cannot append ${bytes.length} bytes to ${this.path}`, { cause });
    }
    entries.forEach((entry, i) => {
      this.#grow(entry, frames[i]!.length);
    });
  }

  /** Entries from the one that holds number `from`: at least one if there is one, then up to `maxBytes` of payload. */
  read(from: number, maxBytes: number, maxEntries: number): LogEntry[] {
    const entries: LogEntry[] = [];
    let position = this.#pointBefore(from)?.position ?? 0;
    let left = maxBytes;
    while (position < this.bytes && entries.length < maxEntries) {
      const wanted = Math.min(Math.max(left, 0) + indexEveryBytes, this.bytes - position);
      let chunk = this.#readBytes(position, wanted);
      if (chunk.length < headerBytes || frameBytes(chunk, 0) > chunk.length) {
        const first = this.#readBytes(position, headerBytes);
        chunk = this.#readBytes(position, frameBytes(first, 0));
      }
      let at = 0;
      while (at + headerBytes <= chunk.length && at + frameBytes(chunk, at) <= chunk.length) {
        const entry = decodeFrame(chunk, at);
        at += frameBytes(chunk, at);
        if (entry.first + entry.count <= from) continue;
        if (entries.length > 0 && (entry.payload.length > left || entries.length >= maxEntries)) return entries;
        entries.push(entry);
        left -= entry.payload.length;
      }
      position += at;
    }
    return entries;
  }

  /** First entry whose time is at or after `timeMs`. */
  findTime(timeMs: number): LogEntry | undefined {
    if (this.maxTimeMs < timeMs) return undefined;
    const at = this.#index.findIndex((point) => point.maxTimeMs >= timeMs);
    if (at < 0) return undefined;
    const point = this.#index[at]!;
    const until = this.#index[at + 1]?.position ?? this.bytes;
    const entries = this.read(point.first, until - point.position, Number.POSITIVE_INFINITY);
    return entries.find((entry) => entry.timeMs >= timeMs);
  }

  close(): void {
    closeSync(this.#file);
  }

  #grow(entry: LogEntry, bytes: number): void {
    const last = this.#index.at(-1);
    if (last === undefined || this.bytes - last.position >= indexEveryBytes) {
      this.#index.push({ first: entry.first, position: this.bytes, maxTimeMs: entry.timeMs });
    } else {
      last.maxTimeMs = Math.max(last.maxTimeMs, entry.timeMs);
    }
    this.bytes += bytes;
    this.end = entry.first + entry.count;
    this.maxTimeMs = Math.max(this.maxTimeMs, entry.timeMs);
  }

  #pointBefore(number: number): IndexPoint | undefined {
    let low = 0;
    let high = this.#index.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#index[middle]!.first <= number) low = middle + 1;
      else high = middle;
    }
    return this.#index[low - 1];
  }

  #readBytes(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafeSlow(length);
    const read = readSync(this.#file, bytes, 0, length, position);
    return bytes.subarray(0, read);
  }
}
