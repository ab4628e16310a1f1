import { isUtf8 } from 'node:buffer';
import type { Type } from 'avsc';
import { asUnion, DecodedList, DecodedMap, DecodedRecord, type DecodedValue } from '../decoded-value.ts';
import { AvroRefusal } from './avro-refusal.ts';
import type { AvroRecord, AvroType } from './avro-schema.ts';
import { dateOf, decimalOf, durationOf, instants, integerOf, intOf, uuidOf } from './leaf-values.ts';
import { holdsItself, memberNames, valueMembers } from './shape-of-types.ts';
import { BlocksType, BytesType, ConvertedType, exactLong, FieldsType, LaterType, wireType } from './wire-types.ts';

/** How exactly to read: `quick` throws `NotExact` where doubles or lenient text would lose something. */
export type Exactness = 'quick' | 'exact';

/** A payload that has to be read again, exactly. */
export class NotExact extends Error {}

/**
 * The type of avsc that reads records of this schema as decoded values. Records that hold themselves are JSON text where they are
 * met again.
 */
export function readerOf(record: AvroRecord, exactness: Exactness): Type {
  return new ReaderMaker(exactness).record(record, []);
}

class ReaderMaker {
  readonly #string: Type;
  readonly #bytes = new BytesType();
  readonly #int = new ConvertedType(wireType('int'), (value: number) => integerOf(intOf(value)));
  readonly #rawLong: Type;
  readonly #long: Type;
  /** Records within JSON text, each made once. */
  readonly #inText = new Map<AvroRecord, Type>();

  constructor(exactness: Exactness) {
    const isExact = exactness === 'exact';
    this.#string = isExact
      ? new ConvertedType(this.#bytes, strictText)
      : new ConvertedType(wireType('string'), quickText);
    this.#rawLong = isExact ? exactLong() : wireType('long');
    this.#long = new ConvertedType(this.#rawLong, integerOf);
  }

  /** `open`: the records around. */
  record(record: AvroRecord, open: readonly AvroRecord[]): Type {
    const names = record.fields.map(({ name }) => name);
    const around = [...open, record];
    return recordType(
      names,
      record.fields.map(({ type }) => this.#of(type, around)),
    );
  }

  #of(type: AvroType, open: readonly AvroRecord[]): Type {
    switch (type.kind) {
      case 'record':
        if (holdsItself(type, open)) return asText(this.#textOf(type));
        return this.record(type, open);
      case 'array':
        return new BlocksType(this.#of(type.items, open), (items: DecodedValue[]) => new DecodedList(items));
      case 'map':
        return this.#map(this.#of(type.values, open));
      case 'union':
        return this.#union(type.members, (member) => this.#of(member, open), structOfMember);
      default:
        return this.#leaf(type);
    }
  }

  /** Within JSON text: members of unions stand for themselves. */
  #textOf(type: AvroType): Type {
    switch (type.kind) {
      case 'record': {
        const known = this.#inText.get(type);
        if (known !== undefined) return known;
        const later = new LaterType();
        this.#inText.set(type, later);
        const made = recordType(
          type.fields.map(({ name }) => name),
          type.fields.map((field) => this.#textOf(field.type)),
        );
        later.target = made as unknown as NonNullable<LaterType['target']>;
        return later;
      }
      case 'array':
        return new BlocksType(this.#textOf(type.items), (items: DecodedValue[]) => new DecodedList(items));
      case 'map':
        return this.#map(this.#textOf(type.values));
      case 'union':
        return this.#union(
          type.members,
          (member) => this.#textOf(member),
          () => (value) => value,
        );
      default:
        return this.#leaf(type);
    }
  }

  #map(values: Type): Type {
    const entry = new FieldsType(['key', 'value'], [this.#string, values], (pair: unknown[]) => pair);
    return new BlocksType(entry, (entries: [string, DecodedValue][]) => {
      if (hasTwice(entries)) {
        throw new AvroRefusal('DuplicateKey', 'expected each key once in a map, got one twice');
      }
      return new DecodedMap(entries);
    });
  }

  /** One member besides null is the value itself. */
  #union(
    members: readonly AvroType[],
    of: (member: AvroType) => Type,
    struct: (names: readonly string[], index: number) => (value: DecodedValue) => DecodedValue,
  ): Type {
    const values = valueMembers(members);
    const names = asUnion(memberNames(values));
    return wireType(
      members.map((member) => {
        const type = of(member);
        const isValue = member.kind === 'null' || values.length === 1;
        return isValue ? type : new ConvertedType(type, struct(names, values.indexOf(member)));
      }),
    );
  }

  #leaf(type: Exclude<AvroType, { kind: 'record' | 'array' | 'map' | 'union' }>): Type {
    switch (type.kind) {
      case 'null':
      case 'boolean':
      case 'float':
      case 'double':
        return wireType(type.kind);
      case 'int':
        return type.logical?.name === 'date' ? new ConvertedType(wireType('int'), dateOf) : this.#int;
      case 'long': {
        const instant = type.logical && instants[type.logical.name];
        return instant === undefined ? this.#long : new ConvertedType(this.#rawLong, instant);
      }
      case 'string':
        return this.#string;
      case 'bytes':
        return this.#logicalBytes(this.#bytes, type.logical);
      case 'fixed':
        return this.#logicalBytes(new BytesType(type.size), type.logical);
      case 'enum':
        return enumType(type.symbols);
    }
  }

  #logicalBytes(wire: Type, logical: Extract<AvroType, { kind: 'fixed' }>['logical']): Type {
    switch (logical?.name) {
      case 'decimal': {
        const { precision, scale } = logical;
        return new ConvertedType(wire, (value: Uint8Array) => decimalOf(value, precision, scale));
      }
      case 'uuid':
        return new ConvertedType(wire, uuidOf);
      case 'duration':
        return new ConvertedType(wire, durationOf);
      default:
        return wire;
    }
  }
}

/** Up to so many keys are compared one by one. */
const fewKeys = 8;

function hasTwice(entries: readonly [string, DecodedValue][]): boolean {
  if (entries.length > fewKeys) return new Set(entries.map(([key]) => key)).size < entries.length;
  return entries.some(([key], index) => entries.findIndex(([other]) => other === key) < index);
}

/** avsc has nothing where the payload ended before the value did. */
function present<T>(value: T | undefined): T {
  if (value === undefined) throw new AvroRefusal('InvalidPayload', 'expected more bytes, got the end of the payload');
  return value;
}

function quickText(text: string | undefined): string {
  if (present(text).includes('\ufffd')) throw new NotExact();
  return text as string;
}

function strictText(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new AvroRefusal('InvalidUtf8', 'expected strings in UTF-8, got other bytes');
  return bytes.toString('utf8');
}

const enumType = (symbols: readonly string[]): Type =>
  new ConvertedType(wireType('int'), (index: number) => {
    const symbol = symbols[index];
    if (symbol === undefined) {
      throw new AvroRefusal('InvalidPayload', `expected the index of one of ${symbols.length} symbols, got ${index}`);
    }
    return symbol;
  });

const recordType = (names: readonly string[], types: readonly Type[]): Type =>
  new FieldsType(names, types, (values: DecodedValue[]) => new DecodedRecord(names, values));

const asText = (record: Type): Type => new ConvertedType(record, (value: DecodedRecord) => value.raw);

/** A union's value as a struct of its members, of which one is not null. */
const structOfMember = (names: readonly string[], index: number) => (value: DecodedValue) =>
  new DecodedRecord(
    names,
    names.map((_, at) => (at === index ? value : null)),
  );
