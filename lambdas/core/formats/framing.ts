import { Buffer } from 'node:buffer';
import { inflateSync } from 'node:zlib';
import { type DecodeFailure, failure } from './payload-decoder.ts';

/** How a serialiser says the schema's id before the body of a payload. */
export interface Framing {
  /** A key that only payloads of the same schema have, light to make. */
  keyOf(payload: Uint8Array): number | string | DecodeFailure;
  /** The id as a registry knows it, of a key. */
  idOf(key: number | string): string;
  /** What stands behind the id, for payloads that have a key. */
  bodyOf(payload: Uint8Array): Uint8Array | DecodeFailure;
  /** Whether bodies may be compressed. */
  readonly isOpened?: true;
}

/** What a compressed body may become. */
export const maxInflatedBytes = 16 * 1024 * 1024;

const confluentHeaderBytes = 5;
const glueHeaderBytes = 18;

/** Confluent's wire format: a zero byte and the schema's id, four bytes with the highest first. */
export const confluentFraming: Framing = {
  keyOf(payload) {
    if (payload.length < confluentHeaderBytes || payload[0] !== 0) {
      return failure('InvalidFraming', `expected a 0 byte and four of a schema's id, got ${shownStart(payload, 5)}`);
    }
    return ((payload[1]! << 24) | (payload[2]! << 16) | (payload[3]! << 8) | payload[4]!) >>> 0;
  },
  idOf: String,
  bodyOf: (payload) => payload.subarray(confluentHeaderBytes),
};

/** Glue's wire format: version 3, compression (0 none, 5 zlib), and the schema version's UUID. */
const glueFraming: Framing = {
  isOpened: true,
  keyOf(payload) {
    const [version, compression] = payload;
    if (payload.length < glueHeaderBytes || version !== 3 || (compression !== 0 && compression !== 5)) {
      const start = shownStart(payload, glueHeaderBytes);
      return failure('InvalidFraming', `expected bytes 3, 0 or 5, and 16 of a schema version's id, got ${start}`);
    }
    return Buffer.from(payload.buffer, payload.byteOffset + 2, glueHeaderBytes - 2).toString('latin1');
  },
  idOf(key) {
    const hex = Buffer.from(String(key), 'latin1').toString('hex');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  },
  bodyOf(payload) {
    const body = payload.subarray(glueHeaderBytes);
    if (payload[1] === 0) return body;
    try {
      return inflateSync(body, { maxOutputLength: maxInflatedBytes });
    } catch (error) {
      const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
      return isTooLarge
        ? failure('TooLarge', `expected at most ${maxInflatedBytes} bytes when inflated, got more`)
        : failure('InvalidFraming', `expected zlib data behind Glue's header: ${(error as Error).message}`);
    }
  },
};

export const framings = { confluent: confluentFraming, glue: glueFraming } as const;

const shownStart = (payload: Uint8Array, bytes: number): string =>
  payload.length === 0 ? 'no bytes' : `bytes ${[...payload.subarray(0, bytes)].join(' ')}`;
