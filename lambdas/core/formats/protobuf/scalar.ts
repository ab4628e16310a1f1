import { Buffer } from 'node:buffer';
import type protobuf from 'protobufjs';
import type { DecodedValue } from '../decoded-value.ts';
import { utf8Text } from '../utf8-text.ts';
import { Refusal } from './refusal.ts';

const scalarKinds = [
  'double',
  'float',
  'int32',
  'int64',
  'uint32',
  'uint64',
  'sint32',
  'sint64',
  'fixed32',
  'fixed64',
  'sfixed32',
  'sfixed64',
  'bool',
  'string',
  'bytes',
] as const;

export type ScalarKind = (typeof scalarKinds)[number];

export const scalarKindOf = (type: string): ScalarKind => {
  if ((scalarKinds as readonly string[]).includes(type)) return type as ScalarKind;
  throw new Error(`expected a scalar type of Protobuf, got ${type}`);
};

/** Delta's types that hold each without loss: uint64 goes beyond `long`. */
export const scalarColumn: Record<ScalarKind, string> = {
  double: 'double',
  float: 'float',
  int32: 'integer',
  int64: 'long',
  uint32: 'long',
  uint64: 'decimal(20,0)',
  sint32: 'integer',
  sint64: 'long',
  fixed32: 'long',
  fixed64: 'decimal(20,0)',
  sfixed32: 'integer',
  sfixed64: 'long',
  bool: 'boolean',
  string: 'string',
  bytes: 'binary',
};

const noBytes = new Uint8Array();

export function scalarDefault(kind: ScalarKind): Exclude<DecodedValue, null> {
  switch (kind) {
    case 'double':
    case 'float':
      return 0;
    case 'bool':
      return false;
    case 'string':
      return '';
    case 'bytes':
      return noBytes;
    default:
      return 0n;
  }
}

export function wireTypeOf(kind: ScalarKind): number {
  switch (kind) {
    case 'double':
    case 'fixed64':
    case 'sfixed64':
      return 1;
    case 'string':
    case 'bytes':
      return 2;
    case 'float':
    case 'fixed32':
    case 'sfixed32':
      return 5;
    default:
      return 0;
  }
}

/** Bytes of a declared default, whose escapes have been read. */
export const bytesOf = (text: string): Uint8Array => Buffer.from(text, /[^\0-\xff]/.test(text) ? 'utf8' : 'latin1');

/** Integers that most fields have, made once. */
const fewIntegers = Array.from({ length: 1_024 }, (_, value) => BigInt(value));

const integer = (value: number): bigint =>
  value >= 0 && value < 1_024 ? (fewIntegers[value] as bigint) : BigInt(value);

const words = new Int32Array(2);
const signed = new BigInt64Array(words.buffer);
const unsigned = new BigUint64Array(words.buffer);

/** Halves of 64 bits, as the library has them. */
interface Halves {
  low: number;
  high: number;
}

function long({ low, high }: Halves): bigint {
  words[0] = low;
  words[1] = high;
  return signed[0] as bigint;
}

function unsignedLong({ low, high }: Halves): bigint {
  words[0] = low;
  words[1] = high;
  return unsigned[0] as bigint;
}

/**
 * A varint below 2^49, as most are; −1 for others, the reader where it was. The library reads all of them, into objects that are made
 * for each.
 */
function shortVarint(reader: protobuf.Reader): number {
  const { buf, pos, len } = reader;
  let value = 0;
  let unit = 1;
  for (let at = pos; at < len && at < pos + 7; at++) {
    const byte = buf[at] as number;
    if (byte < 0x80) {
      reader.pos = at + 1;
      return value + byte * unit;
    }
    value += (byte & 0x7f) * unit;
    unit *= 0x80;
  }
  return -1;
}

export function readInt64(reader: protobuf.Reader): bigint {
  const short = shortVarint(reader);
  return short < 0 ? long(reader.int64()) : integer(short);
}

function readUint64(reader: protobuf.Reader): bigint {
  const short = shortVarint(reader);
  return short < 0 ? unsignedLong(reader.uint64()) : integer(short);
}

/** @throws {RangeError} of the library at the end of the message; {Refusal} where a string is no UTF-8. */
export function readScalar(reader: protobuf.Reader, kind: ScalarKind): Exclude<DecodedValue, null> {
  switch (kind) {
    case 'string':
      return readString(reader);
    case 'int32':
      return integer(reader.int32());
    case 'int64':
      return readInt64(reader);
    case 'double':
      return reader.double();
    case 'bool':
      return reader.bool();
    case 'uint32':
      return integer(reader.uint32());
    case 'uint64':
      return readUint64(reader);
    case 'sint32':
      return integer(reader.sint32());
    case 'sint64':
      return long(reader.sint64());
    case 'fixed32':
      return integer(reader.fixed32());
    case 'fixed64':
      return unsignedLong(reader.fixed64());
    case 'sfixed32':
      return integer(reader.sfixed32());
    case 'sfixed64':
      return long(reader.sfixed64());
    case 'float':
      return reader.float();
    case 'bytes':
      // A copy: a payload's memory ends with its batch.
      return new Uint8Array(reader.bytes());
  }
}

/** Reads elements up to `end` into `items`: those that lists mostly are of without asking for each what it is. */
export function readScalars(reader: protobuf.Reader, kind: ScalarKind, end: number, items: DecodedValue[]): void {
  switch (kind) {
    case 'int32':
      while (reader.pos < end) items.push(integer(reader.int32()));
      return;
    case 'int64':
      while (reader.pos < end) items.push(readInt64(reader));
      return;
    case 'double':
      while (reader.pos < end) items.push(reader.double());
      return;
    default:
      while (reader.pos < end) items.push(readScalar(reader, kind));
  }
}

/** Strings are UTF-8, in proto2 too. */
export function readString(reader: protobuf.Reader): string {
  const length = reader.size();
  const start = reader.pos;
  const end = start + length;
  if (end > reader.len) throw new RangeError(`expected ${length} bytes of a string, got ${reader.len - start}`);
  reader.pos = end;
  const text = utf8Text(reader.buf, start, end);
  if (text !== undefined) return text;
  throw new Refusal('InvalidUtf8', 'expected UTF-8 in a string, got an invalid sequence');
}
