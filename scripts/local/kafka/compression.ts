import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { decompressSnappy } from 'hyparquet-compressors';
import lz4 from 'lz4js';

/** Takes the records of a batch out of their compression: 0 none, 1 gzip, 2 snappy, 3 lz4 frame, 4 zstd. */
export function decompress(compression: number, bytes: Buffer): Buffer {
  switch (compression) {
    case 0:
      return bytes;
    case 1:
      return gunzipSync(bytes);
    case 2:
      return unsnappy(bytes);
    case 3:
      return asBuffer(lz4.decompress(bytes));
    case 4:
      return zstdDecompressSync(bytes);
    default:
      throw new Error(`compression ${compression}: expected 0 (none), 1 (gzip), 2 (snappy), 3 (lz4) or 4 (zstd)`);
  }
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Java's framing: this magic | i32 version | i32 least compatible version | blocks: i32 bytes, block */
const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const xerialHeaderBytes = 16;

function unsnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, xerialMagic.length).equals(xerialMagic)) return unsnappyBlock(bytes);
  const blocks: Buffer[] = [];
  for (let at = xerialHeaderBytes; at < bytes.length; ) {
    const length = bytes.readInt32BE(at);
    blocks.push(unsnappyBlock(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

/** A snappy block begins with its content's length as a varint. */
function unsnappyBlock(block: Buffer): Buffer {
  let length = 0;
  for (let i = 0, scale = 1; ; i++, scale *= 128) {
    const byte = block.readUInt8(i);
    length += (byte & 127) * scale;
    if (byte < 128) break;
  }
  return asBuffer(decompressSnappy(block, length));
}
