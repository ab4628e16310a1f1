import crc32c from 'crc-32/crc32c.js';
import { decompress } from './compression.ts';

/**
 * Record batch, version 2:
 * i64 base offset | i32 bytes after this field | i32 leader epoch | i8 magic | u32 CRC32C of all that follows |
 * i16 attributes (bits 0–2 compression, 3 timestamp type, 4 transactional, 5 control) | i32 last offset delta |
 * i64 base timestamp | i64 max timestamp | i64 producer id | i16 producer epoch | i32 base sequence | i32 records |
 * records, compressed together
 */
const at = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
  records: 61,
} as const;

export const batchHeaderBytes = at.records;

export interface BatchHeader {
  baseOffset: number;
  /** Bytes of the whole batch. */
  bytes: number;
  magic: number;
  crc: number;
  compression: number;
  transactional: boolean;
  control: boolean;
  lastOffsetDelta: number;
  baseTimestampMs: number;
  maxTimestampMs: number;
  producerId: number;
  producerEpoch: number;
  baseSequence: number;
  count: number;
}

export interface KafkaRecord {
  offset: number;
  timestampMs: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: { key: string; value: Buffer | null }[];
}

export function readBatchHeader(batch: Buffer): BatchHeader {
  const attributes = batch.readInt16BE(at.attributes);
  return {
    baseOffset: Number(batch.readBigInt64BE(at.baseOffset)),
    bytes: batch.readInt32BE(at.length) + at.leaderEpoch,
    magic: batch.readInt8(at.magic),
    crc: batch.readUInt32BE(at.crc),
    compression: attributes & 7,
    transactional: (attributes & 16) !== 0,
    control: (attributes & 32) !== 0,
    lastOffsetDelta: batch.readInt32BE(at.lastOffsetDelta),
    baseTimestampMs: Number(batch.readBigInt64BE(at.baseTimestamp)),
    maxTimestampMs: Number(batch.readBigInt64BE(at.maxTimestamp)),
    producerId: Number(batch.readBigInt64BE(at.producerId)),
    producerEpoch: batch.readInt16BE(at.producerEpoch),
    baseSequence: batch.readInt32BE(at.baseSequence),
    count: batch.readInt32BE(at.count),
  };
}

export const crcHolds = (batch: Buffer): boolean =>
  crc32c.buf(batch.subarray(at.attributes)) >>> 0 === batch.readUInt32BE(at.crc);

/** A copy that begins at an offset; the CRC does not cover what changes. */
export function placeBatch(batch: Buffer, baseOffset: number): Buffer {
  const placed = Buffer.from(batch);
  placed.writeBigInt64BE(BigInt(baseOffset), at.baseOffset);
  placed.writeInt32BE(0, at.leaderEpoch);
  return placed;
}

/** Takes a stored batch apart. Throws if its records do not decompress or do not parse. */
export function decodeBatch(batch: Buffer): KafkaRecord[] {
  const header = readBatchHeader(batch);
  const reader = new VarintReader(decompress(header.compression, batch.subarray(at.records, header.bytes)));
  return Array.from({ length: header.count }, () => decodeRecord(reader, header));
}

/**
 * Record, all numbers zigzag varints: bytes of the record | i8 attributes | timestamp delta | offset delta |
 * bytes of the key (-1: null) | key | bytes of the value (-1: null) | value | headers |
 * for each header: bytes of the name | name | bytes of the value (-1: null) | value
 */
function decodeRecord(reader: VarintReader, header: BatchHeader): KafkaRecord {
  reader.varint();
  reader.skip(1);
  const timestampMs = header.baseTimestampMs + reader.varint();
  const offset = header.baseOffset + reader.varint();
  const key = reader.nullableBytes();
  const value = reader.nullableBytes();
  const headers = Array.from({ length: reader.varint() }, () => ({
    key: reader.nullableBytes()?.toString('utf8') ?? '',
    value: reader.nullableBytes(),
  }));
  return { offset, timestampMs, key, value, headers };
}

class VarintReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Exact for values within 2^52. */
  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes.readUInt8(this.#at++);
      value += (byte & 127) * scale;
      if (byte < 128) break;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  nullableBytes(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    if (this.#at + length > this.#bytes.length) {
      throw new RangeError(`${length} bytes wanted at ${this.#at} of ${this.#bytes.length}`);
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
