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
      return inflater('zstd', maxBytes, zstdDecompressSync);
    case 'deflate':
      return inflater('zlib', maxBytes, inflateSync);
    case 'deflateRaw':
      return inflater('deflate', maxBytes, inflateRawSync);
    case 'snappy':
      return (payload) => openSnappy(payload, maxBytes);
    case 'base64Json':
      return fieldOpener(envelope.field, maxBytes);
  }
}

type Inflate = (payload: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

function inflater(name: string, maxBytes: number, inflate: Inflate): Open {
  const options = { maxOutputLength: maxBytes };
  return (payload) => {
    try {
      return inflate(payload, options);
    } catch (error) {
      const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
      return isTooLarge
        ? tooLarge(name, maxBytes)
        : failure('InvalidEnvelope', `expected ${name}: ${(error as Error).message}`);
    }
  };
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
