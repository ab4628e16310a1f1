import { constants, zstdCompressSync } from 'node:zlib';
import { snappyCompressor } from 'hysnappy';
import type { Compression } from './encode-parquet.ts';

/** Codecs by their numbers (parquet.thrift, CompressionCodec). */
const codecs = { none: 0, snappy: 1, zstd: 6 } as const satisfies Record<Compression, number>;

/** Compressing less saves a few bytes at most, and costs a call all the same. */
const leastBytes = 96;

const zstdParameters = { [constants.ZSTD_c_compressionLevel]: 1 };
/** Of one output buffer: what zstd takes for bytes that it cannot compress, and somewhat more. */
const zstdBound = (bytes: number): number => bytes + (bytes >> 7) + 128;

let snappy: ReturnType<typeof snappyCompressor> | undefined;

/** The pages of a chunk as they are stored: by `compression` where that makes them smaller; bytes of their own in any case. */
export function compressPages(
  pages: readonly Uint8Array[],
  compression: Compression,
): { codec: number; pages: Uint8Array[] } {
  const uncompressedBytes = totalBytes(pages);
  if (compression !== 'none' && uncompressedBytes >= leastBytes) {
    const compressed = pages.map((page) => compress(page, compression));
    if (totalBytes(compressed) < uncompressedBytes) return { codec: codecs[compression], pages: compressed };
  }
  return { codec: codecs.none, pages: pages.map((page) => new Uint8Array(page)) };
}

const totalBytes = (pages: readonly Uint8Array[]): number => pages.reduce((sum, { length }) => sum + length, 0);

function compress(page: Uint8Array, compression: Exclude<Compression, 'none'>): Uint8Array {
  switch (compression) {
    case 'zstd':
      if (page.length < shortPageBytes) return storedFrame(page);
      return zstdCompressSync(page, { params: zstdParameters, chunkSize: zstdBound(page.length) });
    case 'snappy':
      snappy ??= snappyCompressor();
      return snappy(page);
  }
}

/** So short a page gains a few bytes, which a compressor's making is not worth. A frame's length is one byte below 256. */
const shortPageBytes = 256;

/** A zstd frame of one raw block (RFC 8878, 3.1.1). */
function storedFrame(page: Uint8Array): Uint8Array {
  const blockHeader = (page.length << 3) | 1;
  const header = [...zstdMagic, singleSegment, page.length, blockHeader & 0xff, blockHeader >> 8, 0];
  const frame = new Uint8Array(header.length + page.length);
  frame.set(header);
  frame.set(page, header.length);
  return frame;
}

const zstdMagic = [0x28, 0xb5, 0x2f, 0xfd];
/** Frame header descriptor: the length of what is in the frame takes a byte, no checksum, no dictionary. */
const singleSegment = 0x20;
