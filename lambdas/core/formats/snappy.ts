import crc32c from 'crc-32/crc32c.js';
import { snappyUncompressor } from 'hysnappy';
import { type DecodeFailure, failure } from './payload-decoder.ts';

/** How a framed stream begins: a chunk of type 0xff, six bytes long, that says so (framing_format.txt 4.1). */
const streamIdentifier = [0xff, 6, 0, 0, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59] as const;

/** A copy of 64 bytes takes three. */
const mostBytesPerByte = 22;

const tooLarge = (maxBytes: number): DecodeFailure =>
  failure('TooLarge', `expected at most ${maxBytes} bytes out of Snappy, got more`);

let uncompress: ReturnType<typeof snappyUncompressor> | undefined;

/** Raw Snappy (format_description.txt), or framed (framing_format.txt), up to `maxBytes` of it. */
export function openSnappy(payload: Uint8Array, maxBytes: number): Uint8Array | DecodeFailure {
  const isFramed = streamIdentifier.every((byte, index) => payload[index] === byte);
  return isFramed ? openFrames(payload, maxBytes) : openBlock(payload, maxBytes);
}

function openBlock(block: Uint8Array, maxBytes: number): Uint8Array | DecodeFailure {
  const size = announcedSize(block);
  if (size === undefined) return failure('InvalidEnvelope', 'expected Snappy: it begins with no length');
  if (size > maxBytes) return tooLarge(maxBytes);
  if (size > block.length * mostBytesPerByte) {
    return failure('InvalidEnvelope', `expected Snappy of ${size} bytes, which ${block.length} bytes cannot hold`);
  }
  try {
    uncompress ??= snappyUncompressor();
    return uncompress(block, size);
  } catch (error) {
    // After a trap its memory is as the trap left it; what it refuses leaves no trace.
    if ((error as Error).name === 'RuntimeError') uncompress = undefined;
    return failure('InvalidEnvelope', `expected Snappy: ${(error as Error).message}`);
  }
}

/** The varint of up to 32 bits that a block begins with: bytes that will come out of it. */
function announcedSize(block: Uint8Array): number | undefined {
  let size = 0;
  for (let at = 0; at < Math.min(block.length, 5); at++) {
    const byte = block[at] as number;
    size += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return size < 2 ** 32 ? size : undefined;
  }
  return undefined;
}

const headerBytes = 4;
const checksumBytes = 4;
/** What one chunk may hold, uncompressed. */
const maxChunkBytes = 65_536;

function openFrames(stream: Uint8Array, maxBytes: number): Uint8Array | DecodeFailure {
  const pieces: Uint8Array[] = [];
  let total = 0;
  for (let at = 0; at < stream.length; ) {
    const type = stream[at] as number;
    const size = (stream[at + 1] ?? 0) | ((stream[at + 2] ?? 0) << 8) | ((stream[at + 3] ?? 0) << 16);
    const end = at + headerBytes + size;
    if (end > stream.length)
      return failure('InvalidEnvelope', `expected a whole chunk of Snappy at byte ${at}, got part of one`);
    if (type <= 1) {
      const piece = openChunk(type, stream.subarray(at + headerBytes, end), at);
      if (!(piece instanceof Uint8Array)) return piece;
      total += piece.length;
      if (total > maxBytes) return tooLarge(maxBytes);
      pieces.push(piece);
    } else if (type < 0x80) {
      return failure('InvalidEnvelope', `expected a chunk of Snappy that is known at byte ${at}, got type ${type}`);
    }
    at = end;
  }
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(total);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Compressed (0) or not (1), behind the checksum of what comes out. */
function openChunk(type: number, chunk: Uint8Array, at: number): Uint8Array | DecodeFailure {
  if (chunk.length < checksumBytes)
    return failure('InvalidEnvelope', `expected a checksum in Snappy's chunk at byte ${at}`);
  const expected = new DataView(chunk.buffer, chunk.byteOffset).getUint32(0, true);
  const body = chunk.subarray(checksumBytes);
  const piece = type === 0 ? openBlock(body, maxChunkBytes) : body;
  if (piece instanceof Uint8Array && maskedChecksum(piece) !== expected) {
    return failure('InvalidEnvelope', `expected the checksum ${expected} of Snappy's chunk at byte ${at}, got another`);
  }
  return piece;
}

/** framing_format.txt 3: rotated and shifted, so that checksums of data with checksums in it stay good. */
function maskedChecksum(bytes: Uint8Array): number {
  const sum = crc32c.buf(bytes) >>> 0;
  return ((((sum >>> 15) | (sum << 17)) >>> 0) + 0xa282ead8) >>> 0;
}
