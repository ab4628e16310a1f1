import type protobuf from 'protobufjs';
import type { DataType } from '#delta/schema.ts';
import { DecodedInstant } from '../decoded-time.ts';
import { DecodedList, DecodedRecord, type DecodedValue, jsonOf, NumberToken } from '../decoded-value.ts';
import { type Budget, deeper, enter, leave, skip, spend } from './pieces.ts';
import {
  readInt64,
  readScalar,
  readString,
  type ScalarKind,
  scalarColumn,
  scalarDefault,
  wireTypeOf,
} from './scalar.ts';

/** Messages of google.protobuf that are values rather than records. Any, Empty and FieldMask are records like others. */
export type WellKnown =
  | { kind: 'timestamp' | 'duration' | 'struct' | 'value' | 'list' }
  | { kind: 'wrapper'; scalar: ScalarKind };

const wrapper = (scalar: ScalarKind): WellKnown => ({ kind: 'wrapper', scalar });

const known: Readonly<Record<string, WellKnown>> = {
  'google.protobuf.Timestamp': { kind: 'timestamp' },
  'google.protobuf.Duration': { kind: 'duration' },
  'google.protobuf.Struct': { kind: 'struct' },
  'google.protobuf.Value': { kind: 'value' },
  'google.protobuf.ListValue': { kind: 'list' },
  'google.protobuf.DoubleValue': wrapper('double'),
  'google.protobuf.FloatValue': wrapper('float'),
  'google.protobuf.Int64Value': wrapper('int64'),
  'google.protobuf.UInt64Value': wrapper('uint64'),
  'google.protobuf.Int32Value': wrapper('int32'),
  'google.protobuf.UInt32Value': wrapper('uint32'),
  'google.protobuf.BoolValue': wrapper('bool'),
  'google.protobuf.StringValue': wrapper('string'),
  'google.protobuf.BytesValue': wrapper('bytes'),
};

export const wellKnownOf = (fullName: string): WellKnown | undefined => known[fullName];

/** A duration is its seconds: ±315,576,000,000 with nine digits after the point. */
const durationColumn = 'decimal(21,9)';

export function wellKnownColumn(wellKnown: WellKnown): DataType {
  switch (wellKnown.kind) {
    case 'timestamp':
      return 'timestamp';
    case 'duration':
      return durationColumn;
    case 'wrapper':
      return scalarColumn[wellKnown.scalar];
    case 'struct':
    case 'value':
    case 'list':
      return 'string';
  }
}

/**
 * Reads up to `end`, which is the reader's limit. A field that is there twice is one value of both (encoding.md, "Last One Wins"): `before`
 * is what it was, null where it was not there.
 */
export function readWellKnown(
  reader: protobuf.Reader,
  end: number,
  wellKnown: WellKnown,
  before: DecodedValue,
  budget: Budget,
  depth: number,
): DecodedValue {
  switch (wellKnown.kind) {
    case 'timestamp':
      return readTimestamp(reader, end, before);
    case 'duration':
      return readDuration(reader, end, before);
    case 'wrapper':
      return readWrapper(reader, end, wellKnown.scalar, before);
    case 'struct':
      return readStruct(reader, end, before, budget, deeper(depth));
    case 'list':
      return readList(reader, end, before, budget, deeper(depth));
    case 'value':
      return jsonOf(readValue(reader, end, budget, depth));
  }
}

const wire = (field: number, wireType: number): number => (field << 3) | wireType;

const secondsTag = wire(1, 0);
const nanosTag = wire(2, 0);

const million = 1_000_000n;
const billion = 1_000_000_000n;

interface SecondsAndNanos {
  seconds: bigint;
  nanos: number;
}

function readSeconds(reader: protobuf.Reader, end: number, had: SecondsAndNanos): SecondsAndNanos {
  let { seconds, nanos } = had;
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag === secondsTag) seconds = readInt64(reader);
    else if (tag === nanosTag) nanos = reader.int32();
    else skip(reader, tag);
  }
  return { seconds, nanos };
}

const nothing: SecondsAndNanos = { seconds: 0n, nanos: 0 };

function timestampParts({ micros, nanos }: DecodedInstant): SecondsAndNanos {
  const below = ((micros % million) + million) % million;
  return { seconds: (micros - below) / million, nanos: Number(below) * 1_000 + nanos };
}

function readTimestamp(reader: protobuf.Reader, end: number, before: DecodedValue): DecodedInstant {
  const { seconds, nanos } = readSeconds(
    reader,
    end,
    before instanceof DecodedInstant ? timestampParts(before) : nothing,
  );
  const below = ((nanos % 1_000) + 1_000) % 1_000;
  const micros = Number(seconds) * 1e6 + (nanos - below) / 1_000;
  const isExact = Number.isSafeInteger(micros);
  return new DecodedInstant(
    isExact ? BigInt(micros) : seconds * million + BigInt((nanos - below) / 1_000),
    false,
    below,
  );
}

function readDuration(reader: protobuf.Reader, end: number, before: DecodedValue): NumberToken {
  const had = before instanceof NumberToken ? BigInt(before.text.replace('.', '')) : 0n;
  const { seconds, nanos } = readSeconds(reader, end, { seconds: had / billion, nanos: Number(had % billion) });
  const total = seconds * billion + BigInt(nanos);
  const digits = String(total < 0n ? -total : total).padStart(10, '0');
  return new NumberToken(`${total < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`);
}

function readWrapper(reader: protobuf.Reader, end: number, scalar: ScalarKind, before: DecodedValue): DecodedValue {
  let value = before ?? scalarDefault(scalar);
  const valueTag = wire(1, wireTypeOf(scalar));
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag === valueTag) value = readScalar(reader, scalar);
    else skip(reader, tag);
  }
  return value;
}

/** A field that a further piece of a Struct copies takes the time of so many values. */
const copyCost = 8;

function readStruct(
  reader: protobuf.Reader,
  end: number,
  before: DecodedValue,
  budget: Budget,
  depth: number,
): DecodedRecord {
  const fields = new Map<string, DecodedValue>();
  if (before instanceof DecodedRecord) {
    spend(budget, copyCost * before.names.length);
    for (const [index, name] of before.names.entries()) fields.set(name, before.values[index] as DecodedValue);
  }
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag !== wire(1, 2)) {
      skip(reader, tag);
      continue;
    }
    spend(budget, 1);
    const outer = reader.len;
    const entryEnd = enter(reader);
    let name = '';
    let value: DecodedValue = null;
    while (reader.pos < entryEnd) {
      const entryTag = reader.tag();
      if (entryTag === wire(1, 2)) name = readString(reader);
      else if (entryTag === wire(2, 2)) value = readItem(reader, budget, depth);
      else skip(reader, entryTag);
    }
    leave(reader, entryEnd, outer);
    fields.set(name, value);
  }
  return new DecodedRecord([...fields.keys()], [...fields.values()]);
}

function readList(
  reader: protobuf.Reader,
  end: number,
  before: DecodedValue,
  budget: Budget,
  depth: number,
): DecodedList {
  const items = before instanceof DecodedList ? (before.items as DecodedValue[]) : [];
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag === wire(1, 2)) {
      spend(budget, 1);
      items.push(readItem(reader, budget, depth));
    } else skip(reader, tag);
  }
  return before instanceof DecodedList ? before : new DecodedList(items);
}

const readItem = (reader: protobuf.Reader, budget: Budget, depth: number): DecodedValue =>
  readPiece(reader, (end) => readValue(reader, end, budget, depth));

function readPiece<T>(reader: protobuf.Reader, read: (end: number) => T): T {
  const outer = reader.len;
  const end = enter(reader);
  const value = read(end);
  leave(reader, end, outer);
  return value;
}

/** One member of its oneof, the last. */
function readValue(reader: protobuf.Reader, end: number, budget: Budget, depth: number): DecodedValue {
  let value: DecodedValue = null;
  while (reader.pos < end) {
    const tag = reader.tag();
    switch (tag) {
      case wire(1, 0):
        reader.int32();
        value = null;
        break;
      case wire(2, 1):
        value = reader.double();
        break;
      case wire(3, 2):
        value = readString(reader);
        break;
      case wire(4, 0):
        value = reader.bool();
        break;
      case wire(5, 2):
        value = readPiece(reader, (pieceEnd) => readStruct(reader, pieceEnd, null, budget, deeper(depth)));
        break;
      case wire(6, 2):
        value = readPiece(reader, (pieceEnd) => readList(reader, pieceEnd, null, budget, deeper(depth)));
        break;
      default:
        skip(reader, tag);
    }
  }
  return value;
}
