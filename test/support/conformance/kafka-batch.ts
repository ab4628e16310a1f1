import { gzipSync, zstdCompressSync } from 'node:zlib';
import crc32c from 'crc-32/crc32c.js';

export interface SentRecord {
  key?: Buffer | null;
  value?: Buffer | null;
  headers?: readonly (readonly [name: string, value: Buffer | null])[];
  timestampMs?: number;
}

export type Compression = 'none' | 'gzip' | 'snappy' | 'snappy-java' | 'lz4' | 'zstd';

export interface BatchOptions {
  compression?: Compression;
  producerId?: number;
  producerEpoch?: number;
  baseSequence?: number;
  transactional?: boolean;
}

const codes: Record<Compression, number> = { none: 0, gzip: 1, snappy: 2, 'snappy-java': 2, lz4: 3, zstd: 4 };

/** Zigzag varint. */
function varint(value: number): Buffer {
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  const bytes: number[] = [];
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

const varbytes = (bytes: Buffer | null | undefined): Buffer =>
  bytes === null || bytes === undefined ? varint(-1) : Buffer.concat([varint(bytes.length), bytes]);

/** A snappy block of literals only: length as a varint, then at most 60 bytes behind each tag. */
function snappyBlock(content: Buffer): Buffer {
  const parts: Buffer[] = [];
  let rest = content.length;
  for (; rest >= 128; rest >>>= 7) parts.push(Buffer.from([(rest & 127) | 128]));
  parts.push(Buffer.from([rest]));
  for (let at = 0; at < content.length; at += 60) {
    const literal = content.subarray(at, at + 60);
    parts.push(Buffer.from([(literal.length - 1) << 2]), literal);
  }
  return Buffer.concat(parts);
}

/** Java's framing: blocks of 32 KiB behind a magic header. */
function snappyJava(content: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])];
  for (let at = 0; at < content.length; at += 32_768) {
    const block = snappyBlock(content.subarray(at, at + 32_768));
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

/** An LZ4 frame of independent blocks of at most 64 KiB, stored as they are (a set high bit says so). */
function lz4Frame(content: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82])];
  for (let at = 0; at < content.length; at += 65_536) {
    const block = content.subarray(at, at + 65_536);
    const length = Buffer.alloc(4);
    length.writeUInt32LE((block.length | 0x80000000) >>> 0);
    parts.push(length, block);
  }
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

function compress(compression: Compression, content: Buffer): Buffer {
  switch (compression) {
    case 'none':
      return content;
    case 'gzip':
      return gzipSync(content);
    case 'snappy':
      return snappyBlock(content);
    case 'snappy-java':
      return snappyJava(content);
    case 'lz4':
      return lz4Frame(content);
    case 'zstd':
      return zstdCompressSync(content);
    default:
      return compression satisfies never;
  }
}

/** A record batch, version 2, as a producer sends it. */
export function encodeBatch(records: readonly SentRecord[], options: BatchOptions = {}): Buffer {
  const {
    compression = 'none',
    producerId = -1,
    producerEpoch = -1,
    baseSequence = -1,
    transactional = false,
  } = options;
  const times = records.map(({ timestampMs = 0 }) => timestampMs);
  const content = records.map(({ key, value, headers = [] }, i) => {
    const fields = [Buffer.from([0]), varint(times[i]! - times[0]!), varint(i), varbytes(key), varbytes(value)];
    fields.push(varint(headers.length));
    for (const [name, header] of headers) fields.push(varbytes(Buffer.from(name)), varbytes(header));
    const record = Buffer.concat(fields);
    return Buffer.concat([varint(record.length), record]);
  });
  const head = Buffer.alloc(61);
  const batch = Buffer.concat([head, compress(compression, Buffer.concat(content))]);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeInt32BE(-1, 12);
  batch.writeInt8(2, 16);
  batch.writeInt16BE(codes[compression] | (transactional ? 16 : 0), 21);
  batch.writeInt32BE(records.length - 1, 23);
  batch.writeBigInt64BE(BigInt(times[0] ?? 0), 27);
  batch.writeBigInt64BE(BigInt(Math.max(...times)), 35);
  batch.writeBigInt64BE(BigInt(producerId), 43);
  batch.writeInt16BE(producerEpoch, 51);
  batch.writeInt32BE(baseSequence, 53);
  batch.writeInt32BE(records.length, 57);
  batch.writeUInt32BE(crc32c.buf(batch.subarray(21)) >>> 0, 17);
  return batch;
}
