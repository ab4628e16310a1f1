import { constants, zstdCompressSync } from 'node:zlib';
import { snappyCompressor } from 'hysnappy';

/** How pages of a file are packed. */
export type Compression = 'zstd' | 'snappy' | 'none';

/** Codecs by their numbers (parquet.thrift, CompressionCodec). */
const codecs = { none: 0, snappy: 1, zstd: 6 } as const satisfies Record<Compression, number>;

/** Compressing less saves a few bytes at most, and costs a call all the same. */
const leastBytes = 96;

const zstdParameters = { [constants.ZSTD_c_compressionLevel]: 1 };
/** Of one output buffer: what zstd takes for bytes that it cannot compress, and somewhat more. */
const zstdBound = (bytes: number): number => bytes + (bytes >> 7) + 128;

let snappy: ReturnType<typeof snappyCompressor> | undefined;

/** A page before compression. `isPacked`: numbers of a dictionary, which compress by little if at all. */
export interface RawPage {
  bytes: Uint8Array;
  isPacked: boolean;
}

/** The pages of a chunk as they are stored: by `compression` where that makes them smaller; bytes of their own in any case. */
export function compressPages(
  pages: readonly RawPage[],
  compression: Compression,
): { codec: number; pages: Uint8Array[] } {
  const uncompressedBytes = totalBytes(pages.map(({ bytes }) => bytes));
  if (compression !== 'none' && uncompressedBytes >= leastBytes) {
    const compressed = pages.map((page) => compress(page, compression));
    if (totalBytes(compressed) < uncompressedBytes) return { codec: codecs[compression], pages: compressed };
  }
  return { codec: codecs.none, pages: pages.map(({ bytes }) => new Uint8Array(bytes)) };
}

const totalBytes = (pages: readonly Uint8Array[]): number => pages.reduce((sum, { length }) => sum + length, 0);

function compress({ bytes, isPacked }: RawPage, compression: Exclude<Compression, 'none'>): Uint8Array {
  switch (compression) {
    case 'zstd':
      if (bytes.length < shortPageBytes || (isPacked && isNoise(bytes))) return storedFrame(bytes);
      return compressZstd(bytes);
    case 'snappy':
      snappy ??= snappyCompressor();
      return snappy(bytes);
  }
}

function compressZstd(bytes: Uint8Array): Uint8Array {
  const boundBytes = zstdBound(bytes.length);
  const frame = zstdCompressSync(bytes, { params: zstdParameters, chunkSize: boundBytes });
  // What the frame does not fill is given back at once: V8 collects all of its memory whenever so much of others' waits for it.
  return frame.buffer.byteLength === boundBytes ? new Uint8Array(frame.buffer.transfer(frame.length)) : frame;
}

/** So short a page gains a few bytes, which a compressor's making is not worth. A frame's length is one byte below 256. */
const shortPageBytes = 256;

/** A zstd frame of raw blocks (RFC 8878, 3.1.1). */
function storedFrame(page: Uint8Array): Uint8Array {
  const { length } = page;
  const isShort = length < shortPageBytes;
  const blocks = Math.max(1, Math.ceil(length / rawBlockBytes));
  const frame = Buffer.allocUnsafe(zstdMagic.length + 1 + (isShort ? 1 : 4) + blocks * 3 + length);
  frame.set(zstdMagic);
  let end = zstdMagic.length;
  end = frame.writeUInt8(isShort ? singleSegment : singleSegment | lengthOf4Bytes, end);
  end = isShort ? frame.writeUInt8(length, end) : frame.writeUInt32LE(length, end);
  for (let block = 0; block < blocks; block++) {
    const start = block * rawBlockBytes;
    const bytes = page.subarray(start, start + rawBlockBytes);
    end = frame.writeUIntLE((bytes.length << 3) | (block === blocks - 1 ? 1 : 0), end, 3);
    frame.set(bytes, end);
    end += bytes.length;
  }
  return frame;
}

const zstdMagic = [0x28, 0xb5, 0x2f, 0xfd];
/** Frame header descriptor: the length of what is in the frame takes a byte, or four; no checksum, no dictionary. */
const singleSegment = 0x20;
const lengthOf4Bytes = 0x80;
const rawBlockBytes = 1 << 17;

/** Of a page so many bytes are counted, all over it. */
const sampledBytes = 1024;
/** Bytes of so many kinds, were they equally frequent, save a few hundredths: less than the call is worth. */
const fewestKinds = 150;
const counts = new Uint16Array(256);

/** Whether bytes come about equally often: zstd finds no repetition in packed numbers, and would code each by its frequency. */
function isNoise(page: Uint8Array): boolean {
  if (page.length < sampledBytes) return false;
  counts.fill(0);
  const step = page.length / sampledBytes;
  for (let index = 0; index < sampledBytes; index++) counts[page[Math.floor(index * step)] as number]!++;
  let pairs = 0;
  for (const count of counts) pairs += count * (count - 1);
  return pairs * fewestKinds < sampledBytes * (sampledBytes - 1);
}
