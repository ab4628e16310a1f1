import { type Data, makeData } from 'apache-arrow/data';
import { TimeUnit } from 'apache-arrow/enum';
import { Field } from 'apache-arrow/schema';
import {
  type DataType as ArrowType,
  Binary,
  Bool,
  DateDay,
  Decimal,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  List,
  Map_,
  Struct,
  Timestamp,
  Utf8,
} from 'apache-arrow/type';
import { type DataType, decimalOf, type StructField } from '#delta/schema.ts';
import type { Vector, VectorOf } from './vector.ts';

// Imports name the parts of apache-arrow: its index would bring readers and builders along.

/** A vector of a Delta type as Arrow's data, on the same arrays where its layout is Arrow's. */
export function arrowData(type: DataType, vector: Vector): Data {
  const presence = { length: vector.length, nullCount: vector.nullCount, nullBitmap: vector.validity };
  switch (vector.kind) {
    case 'fixed': {
      const decimal = decimalOf(type);
      if (decimal !== undefined) return decimalData(decimal, presence, widened(vector));
      const data = vector.values.subarray(0, vector.length) as never;
      return makeData({ type: fixedType(type) as never, ...presence, data });
    }
    case 'decimal':
      return decimalData(decimalOf(type)!, presence, vector.words);
    case 'bits':
      return makeData({ type: new Bool(), ...presence, data: vector.values });
    case 'bytes': {
      const { offsets: valueOffsets, bytes: data } = joined(vector);
      const props = { ...presence, valueOffsets, data };
      return type === 'binary' ? makeData({ type: new Binary(), ...props }) : makeData({ type: new Utf8(), ...props });
    }
    case 'dictionary':
      return arrowData(type, withoutDictionary(vector));
    case 'struct': {
      const { fields } = ofGroup(type, 'struct');
      const children = fields.map((field, index) => arrowData(field.type, vector.children[index] as Vector));
      return makeData({ type: new Struct(arrowFields(fields, children)), ...presence, children });
    }
    case 'list': {
      const { elementType, containsNull } = ofGroup(type, 'array');
      const child = arrowData(elementType, vector.items);
      const list = new List(new Field('element', child.type, containsNull));
      return makeData({ type: list, ...presence, valueOffsets: vector.offsets, child });
    }
    case 'map': {
      const { keyType, valueType, valueContainsNull } = ofGroup(type, 'map');
      const children = [arrowData(keyType, vector.keys), arrowData(valueType, vector.values)];
      const [key, value] = children.map((data) => data.type) as [ArrowType, ArrowType];
      const entry = new Struct([new Field('key', key, false), new Field('value', value, valueContainsNull)]);
      const child = makeData({ type: entry, length: vector.keys.length, nullCount: 0, children }) as never;
      const map = new Map_(new Field('entries', entry, false) as never);
      return makeData({ type: map, ...presence, valueOffsets: vector.offsets, child });
    }
  }
}

export const arrowFields = (fields: readonly StructField[], data: readonly Data[]): Field[] =>
  fields.map(({ name, nullable }, index) => new Field(name, (data[index] as Data).type, nullable));

type Group = Exclude<DataType, string>;

function ofGroup<Kind extends Group['type']>(type: DataType, kind: Kind): Extract<Group, { type: Kind }> {
  if (typeof type === 'string' || type.type !== kind)
    throw new TypeError(`expected a column of a ${kind}, got one of ${JSON.stringify(type)}`);
  return type as Extract<Group, { type: Kind }>;
}

function fixedType(type: DataType): ArrowType {
  switch (type) {
    case 'byte':
      return new Int8();
    case 'short':
      return new Int16();
    case 'integer':
      return new Int32();
    case 'long':
      return new Int64();
    case 'float':
      return new Float32();
    case 'double':
      return new Float64();
    case 'date':
      return new DateDay();
    case 'timestamp':
      return new Timestamp(TimeUnit.MICROSECOND, 'UTC');
    case 'timestamp_ntz':
      return new Timestamp(TimeUnit.MICROSECOND);
    default:
      throw new TypeError(`expected a type whose values have one width, got ${JSON.stringify(type)}`);
  }
}

type Presence = { length: number; nullCount: number; nullBitmap: Uint8Array | undefined };

function decimalData(decimal: { precision: number; scale: number }, presence: Presence, words: BigInt64Array): Data {
  const type = new Decimal(decimal.scale, decimal.precision, 128);
  return makeData({ type, ...presence, data: new Uint32Array(words.buffer, words.byteOffset, presence.length * 4) });
}

/** 64-bit decimals as 128-bit ones. */
function widened({ values, length }: VectorOf<'fixed'>): BigInt64Array {
  const words = new BigInt64Array(length * 2);
  for (let row = 0; row < length; row++) {
    const unscaled = values[row] as bigint;
    words[row * 2] = unscaled;
    words[row * 2 + 1] = unscaled >> 63n;
  }
  return words;
}

/** Values one after another, with the offsets between them. */
function joined({ length, validity, bytes, starts, ends }: VectorOf<'bytes'>): {
  offsets: Int32Array;
  bytes: Uint8Array;
} {
  if (starts.buffer === ends.buffer && ends.byteOffset === starts.byteOffset + starts.BYTES_PER_ELEMENT) {
    return { offsets: new Int32Array(starts.buffer, starts.byteOffset, length + 1), bytes };
  }
  const offsets = new Int32Array(length + 1);
  for (let row = 0; row < length; row++) {
    const isPresent = validity === undefined || ((validity[row >> 3]! >> (row & 7)) & 1) === 1;
    offsets[row + 1] = offsets[row]! + (isPresent ? ends[row]! - starts[row]! : 0);
  }
  const packed = new Uint8Array(offsets[length]!);
  for (let row = 0; row < length; row++) {
    const start = starts[row]!;
    packed.set(bytes.subarray(start, start + offsets[row + 1]! - offsets[row]!), offsets[row]!);
  }
  return { offsets, bytes: packed };
}

/** The rows of a dictionary's vector, each with its own value. */
function withoutDictionary({ length, nullCount, validity, indices, values }: VectorOf<'dictionary'>): Vector {
  const presence = { length, nullCount, validity };
  switch (values.kind) {
    case 'fixed': {
      const taken = new (values.values.constructor as Int32ArrayConstructor)(length);
      const from = values.values as Int32Array;
      for (let row = 0; row < length; row++) taken[row] = from[indices[row]!]!;
      return { ...presence, kind: 'fixed', values: taken };
    }
    case 'bytes': {
      const starts = new Int32Array(length);
      const ends = new Int32Array(length);
      for (let row = 0; row < length; row++) {
        starts[row] = values.starts[indices[row]!] ?? 0;
        ends[row] = values.ends[indices[row]!] ?? 0;
      }
      return { ...presence, kind: 'bytes', bytes: values.bytes, starts, ends };
    }
    default:
      throw new TypeError(`expected a dictionary of numbers or bytes, got one of kind ${values.kind}`);
  }
}
