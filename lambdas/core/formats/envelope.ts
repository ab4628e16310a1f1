import { Buffer } from 'node:buffer';
import { gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import type { EnvelopeSettings } from '#contract/envelope-settings.ts';
import { decodeStrictBase64 } from './base64.ts';
import { DecodedRecord, type DecodedValue } from './decoded-value.ts';
import { decodeJson } from './json.ts';
import { type DecodeFailure, failure, noPreparation, type PayloadDecoder } from './payload-decoder.ts';
import { openSnappy } from './snappy.ts';

/** Takes what is inside out of a payload; never throws whatever the bytes, and makes no more of them than its limit. */
export type Open = (payload: Uint8Array) => Uint8Array | DecodeFailure;

/** Opens envelopes from the outside in. `count` is told the bytes of each that is opened, and of one that holds too many, its limit. */
export function opener(envelopes: readonly EnvelopeSettings[], count?: (bytes: number) => void): Open {
  const opens = envelopes.map((envelope) => ({ open: openOf(envelope), maxBytes: envelope.maxBytes }));
  return (payload) => {
    let inside: Uint8Array = payload;
    for (const { open, maxBytes } of opens) {
      const opened = open(inside);
      if (!(opened instanceof Uint8Array)) {
        if (opened.error === 'TooLarge') count?.(maxBytes);
        return opened;
      }
      count?.(opened.length);
      inside = opened;
    }
    return inside;
  };
}

/** A decoder of what lies in envelopes. */
export function inEnvelopes(decoder: PayloadDecoder, envelopes: readonly EnvelopeSettings[]): PayloadDecoder {
  if (envelopes.length === 0) return decoder;
  let openedBytes = 0;
  const open = opener(envelopes);
  const openCounted = opener(envelopes, (bytes) => {
    openedBytes += bytes;
  });
  function* opened(payloads: Iterable<Uint8Array>): Generator<Uint8Array> {
    for (const payload of payloads) {
      const inside = open(payload);
      if (inside instanceof Uint8Array) yield inside;
    }
  }
  return {
    prepare: decoder.prepare === noPreparation ? noPreparation : (payloads) => decoder.prepare(opened(payloads)),
    get openedBytes() {
      return openedBytes + (decoder.openedBytes ?? 0);
    },
    decode(payload) {
      const inside = openCounted(payload);
      return inside instanceof Uint8Array ? decoder.decode(inside) : inside;
    },
  };
}

function openOf(envelope: EnvelopeSettings): Open {
  const { maxBytes } = envelope;
  switch (envelope.kind) {
    case 'gzip':
      return inflater('gzip', maxBytes, gunzipSync);
    case 'zstd':
      return (payload) => openZstd(payload, maxBytes);
    case 'deflate':
      return inflater('zlib', maxBytes, inflateSync, 0);
    case 'deflateRaw':
      return inflater('deflate', maxBytes, inflateRawSync, checksumBytes);
    case 'snappy':
      return (payload) => openSnappy(payload, maxBytes);
    case 'base64Json':
      return fieldOpener(envelope.field, maxBytes);
  }
}

type Inflate = (payload: Uint8Array, options: { maxOutputLength: number; info: true }) => unknown;
/** What zlib's functions answer where they are asked for `info`: `bytesWritten` of the packed bytes were read. */
type Inflated = { buffer: Uint8Array; engine: { bytesWritten: number } };

/** Of zlib's checksum, which some writers leave a part of behind raw deflate (Avro's for Python among them). */
const checksumBytes = 4;

/** `mostBehind`: bytes that may follow what was packed. Without it, zlib looks after them itself. */
function inflater(name: string, maxBytes: number, inflate: Inflate, mostBehind = Number.POSITIVE_INFINITY): Open {
  const options = { maxOutputLength: maxBytes, info: true } as const;
  return (payload) => {
    try {
      const { buffer, engine } = inflate(payload, options) as Inflated;
      const behind = payload.length - engine.bytesWritten;
      return behind > mostBehind
        ? failure('InvalidEnvelope', `expected ${name} alone, got ${behind} bytes behind it`)
        : buffer;
    } catch (error) {
      const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
      return isTooLarge
        ? tooLarge(name, maxBytes)
        : failure('InvalidEnvelope', `expected ${name}: ${(error as Error).message}`);
    }
  };
}

/** Frames of one payload: each is opened by a call of its own. */
const maxFrames = 10_000;
const skippableHeaderBytes = 8;

/** One frame after another (RFC 8878, 3.1): Node's function ends with the first, and with one that is to be skipped. */
function openZstd(payload: Uint8Array, maxBytes: number): Uint8Array | DecodeFailure {
  const pieces: Uint8Array[] = [];
  let total = 0;
  let at = 0;
  do {
    const skipped = skippableBytes(payload, at);
    if (skipped > payload.length - at) {
      return failure('InvalidEnvelope', `expected ${skipped} bytes of a frame of zstd, got ${payload.length - at}`);
    }
    at += skipped;
    if (skipped > 0) continue;
    if (pieces.length >= maxFrames) {
      return failure('TooLarge', `expected at most ${maxFrames} frames of zstd, got more`);
    }
    let readBytes = 0;
    const inflate: Inflate = (frame, options) => {
      const inflated = zstdDecompressSync(frame, options) as unknown as Inflated;
      readBytes = inflated.engine.bytesWritten;
      return inflated;
    };
    // A limit of nothing is none to zlib.
    const piece = inflater('zstd', Math.max(1, maxBytes - total), inflate)(payload.subarray(at));
    if (!(piece instanceof Uint8Array)) return piece.error === 'TooLarge' ? tooLarge('zstd', maxBytes) : piece;
    total += piece.length;
    if (total > maxBytes) return tooLarge('zstd', maxBytes);
    pieces.push(piece);
    at += readBytes;
  } while (at < payload.length);
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}

/** How long the frame here is where it is one to be skipped (RFC 8878, 3.1.2); 0 for others. */
function skippableBytes(payload: Uint8Array, at: number): number {
  if (payload.length - at < skippableHeaderBytes) return 0;
  const view = new DataView(payload.buffer, payload.byteOffset + at, skippableHeaderBytes);
  return view.getUint32(0, true) >>> 4 === 0x184d2a5 ? skippableHeaderBytes + view.getUint32(4, true) : 0;
}

const tooLarge = (name: string, maxBytes: number): DecodeFailure =>
  failure('TooLarge', `expected at most ${maxBytes} bytes out of ${name}, got more`);

function fieldOpener(field: string, maxBytes: number): Open {
  const steps = field.split('.');
  return (payload) => {
    const decoded = decodeJson(payload);
    if (decoded.kind === 'failure') return decoded;
    let value: DecodedValue | undefined = decoded.record;
    let path = '$';
    for (const step of steps) {
      path += `.${step}`;
      value = value instanceof DecodedRecord ? value.values[value.names.indexOf(step)] : undefined;
    }
    if (typeof value !== 'string') return failure('InvalidEnvelope', 'expected base64 in a string, got none', path);
    if (value.length > Math.ceil(maxBytes / 3) * 4) return tooLarge('base64', maxBytes);
    return (
      decodeStrictBase64(value) ??
      failure('InvalidEnvelope', 'expected base64 (RFC 4648, padded), got other text', path)
    );
  };
}
