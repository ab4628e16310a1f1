import protobuf from 'protobufjs';
import { type DecodedEntry, DecodedList, DecodedMap, DecodedRecord, type DecodedValue } from '../decoded-value.ts';
import { type DecodeFailure, failure } from '../payload-decoder.ts';
import { type FieldPlan, type MessagePlan, maxDense, type Reading } from './message-plan.ts';
import { type Budget, deeper, enter, leave, skip, spend } from './pieces.ts';
import { Refusal } from './refusal.ts';
import { readScalar, readScalars, type ScalarKind, scalarDefault, wireTypeOf } from './scalar.ts';
import { readWellKnown } from './well-known.ts';

/** Values that one payload may become: a byte or two may be a record of hundreds of fields. */
const maxValues = 4_000_000;

/** Decodes one message; never throws whatever the bytes. */
export function readMessage(bytes: Uint8Array, plan: MessagePlan): DecodedRecord | DecodeFailure {
  const reader = new protobuf.Reader(bytes);
  const budget: Budget = { values: maxValues, merged: new Map() };
  try {
    const record = readFields(reader, reader.len, plan, undefined, budget, 0, 0);
    for (const [merged, { maps }] of budget.merged) withLastEntries(merged.values as DecodedValue[], maps);
    return record;
  } catch (error) {
    if (error instanceof Refusal) return failure(error.error, error.message, `$${error.path}`);
    throw error;
  }
}

/** Up to `end`, or to the end of the group that began with field `group`. */
function readFields(
  reader: protobuf.Reader,
  end: number,
  plan: MessagePlan,
  before: DecodedRecord | undefined,
  budget: Budget,
  depth: number,
  group: number,
): DecodedRecord {
  spend(budget, plan.names.length + 1);
  const values = before === undefined ? plan.defaults.slice() : (before.values as DecodedValue[]);
  let field: FieldPlan | undefined;
  let isClosed = group === 0;
  try {
    while (reader.pos < end) {
      field = undefined;
      const tag = reader.tag();
      const number = tag >>> 3;
      const wireType = tag & 7;
      if (wireType === 4) {
        if (number !== group || group === 0) throw new Refusal('InvalidPayload', 'expected no end of a group, got one');
        isClosed = true;
        break;
      }
      field = number < maxDense ? plan.dense[number] : plan.sparse.get(number);
      if (field === undefined) skip(reader, tag);
      else if (wireType === field.wireType) readField(reader, field, plan, values, budget, depth);
      else if (wireType === 2 && field.isPackable) readPacked(reader, field, plan, values, budget);
      else {
        const message = `expected wire type ${field.wireType} for the field ${field.name}, got ${wireType}`;
        throw new Refusal('InvalidPayload', message);
      }
    }
    field = undefined;
    if (!isClosed) throw new Refusal('InvalidPayload', `expected the end of the group ${group}, got none`);
    for (const required of plan.required) {
      if (values[required.place] === null || values[required.place] === undefined) {
        throw new Refusal('InvalidPayload', `expected the required field ${required.name}, got none`);
      }
    }
  } catch (error) {
    throw refusalAt(error, field);
  }
  if (before !== undefined) {
    if (plan.maps.length > 0) budget.merged.set(before, plan);
    return before;
  }
  withLastEntries(values, plan.maps);
  return new DecodedRecord(plan.names, values);
}

function withLastEntries(values: DecodedValue[], maps: readonly FieldPlan[]): void {
  for (const { place } of maps) values[place] = withoutDoubles(values[place] as DecodedMap);
}

/** What the library throws on malformed input are plain errors and range errors. */
function refusalAt(error: unknown, field: FieldPlan | undefined): Refusal {
  const refusal =
    error instanceof Refusal ? error : new Refusal('InvalidPayload', `expected a Protobuf message: ${reasonOf(error)}`);
  if (field !== undefined) refusal.path = `.${field.name}${refusal.path}`;
  return refusal;
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function readField(
  reader: protobuf.Reader,
  field: FieldPlan,
  plan: MessagePlan,
  values: DecodedValue[],
  budget: Budget,
  depth: number,
): void {
  const { place, rivals } = field;
  for (const rival of rivals) values[rival] = null;
  switch (field.many) {
    case 'one': {
      const before = values[place] as DecodedValue;
      values[place] = readElement(reader, field.reading, field, before, budget, depth);
      return;
    }
    case 'list':
      spend(budget, 1);
      itemsOf(field, plan, values).push(readElement(reader, field.reading, field, null, budget, depth));
      return;
    case 'map':
      spend(budget, 1);
      entriesOf(field, plan, values).push(readEntry(reader, field, budget, depth));
      return;
  }
}

function readElement(
  reader: protobuf.Reader,
  reading: Reading,
  { wireType, number }: FieldPlan,
  before: DecodedValue,
  budget: Budget,
  depth: number,
): DecodedValue {
  switch (reading.kind) {
    case 'scalar':
      return readScalar(reader, reading.scalar);
    case 'enum':
      return nameOf(reader.int32(), reading.names);
    case 'message': {
      const record = before instanceof DecodedRecord ? before : undefined;
      if (wireType === 3) return readFields(reader, reader.len, reading.plan, record, budget, deeper(depth), number);
      const outer = reader.len;
      const end = enter(reader);
      const value = readFields(reader, end, reading.plan, record, budget, deeper(depth), 0);
      leave(reader, end, outer);
      return value;
    }
    case 'wellKnown': {
      const outer = reader.len;
      const end = enter(reader);
      const value = readWellKnown(reader, end, reading.wellKnown, before, budget, depth);
      leave(reader, end, outer);
      return value;
    }
  }
}

/** Enums are names; a number that none has is itself, as text. */
const nameOf = (number: number, names: ReadonlyMap<number, string>): string => names.get(number) ?? String(number);

function readPacked(
  reader: protobuf.Reader,
  field: FieldPlan,
  plan: MessagePlan,
  values: DecodedValue[],
  budget: Budget,
): void {
  const outer = reader.len;
  const end = enter(reader);
  const items = itemsOf(field, plan, values);
  const { reading } = field;
  const before = items.length;
  if (reading.kind === 'enum') {
    while (reader.pos < end) items.push(nameOf(reader.int32(), reading.names));
  } else if (reading.kind === 'scalar') {
    readScalars(reader, reading.scalar, end, items);
  }
  spend(budget, items.length - before);
  leave(reader, end, outer);
}

/** The field's own list: until it has an element, its place holds one that all messages share. */
function itemsOf({ place }: FieldPlan, plan: MessagePlan, values: DecodedValue[]): DecodedValue[] {
  let list = values[place] as DecodedList;
  if (list === plan.defaults[place]) {
    list = new DecodedList([]);
    values[place] = list;
  }
  return list.items as DecodedValue[];
}

function entriesOf({ place }: FieldPlan, plan: MessagePlan, values: DecodedValue[]): DecodedEntry[] {
  let map = values[place] as DecodedMap;
  if (map === plan.defaults[place]) {
    map = new DecodedMap([]);
    values[place] = map;
  }
  return map.entries as DecodedEntry[];
}

function readEntry(reader: protobuf.Reader, field: FieldPlan, budget: Budget, depth: number): DecodedEntry {
  const keyKind = field.key as ScalarKind;
  const { reading } = field;
  const keyTag = (1 << 3) | wireTypeOf(keyKind);
  const valueTag = (2 << 3) | valueWire(reading);
  const outer = reader.len;
  const end = enter(reader);
  let key = scalarDefault(keyKind);
  let value: DecodedValue = null;
  let hasValue = false;
  while (reader.pos < end) {
    const tag = reader.tag();
    if (tag === keyTag) key = readScalar(reader, keyKind);
    else if (tag === valueTag) {
      value = readElement(reader, reading, field, value, budget, depth);
      hasValue = true;
    } else skip(reader, tag);
  }
  if (!hasValue) value = absentValue(reader, end, field, budget, depth);
  leave(reader, end, outer);
  return [key, value];
}

/** An entry without a value has its type's default: a message, one without fields. */
function absentValue(
  reader: protobuf.Reader,
  end: number,
  { reading, absent }: FieldPlan,
  budget: Budget,
  depth: number,
): DecodedValue {
  if (reading.kind === 'message') return readFields(reader, end, reading.plan, undefined, budget, deeper(depth), 0);
  if (reading.kind === 'wellKnown') return readWellKnown(reader, end, reading.wellKnown, null, budget, depth);
  return absent;
}

function valueWire(reading: Reading): number {
  if (reading.kind === 'enum') return 0;
  return reading.kind === 'scalar' ? wireTypeOf(reading.scalar) : 2;
}

/** The last entry of a key is the one that counts. */
function withoutDoubles(map: DecodedMap): DecodedMap {
  if (map.entries.length < 2) return map;
  const byKey = new Map(map.entries);
  return byKey.size === map.entries.length ? map : new DecodedMap([...byKey]);
}
