import { Buffer } from 'node:buffer';
import { DecodedInstant } from '../decoded-time.ts';
import {
  type DecodedEntry,
  DecodedList,
  DecodedMap,
  DecodedRecord,
  type DecodedValue,
  jsonOf,
  kindOf,
  textOf,
} from '../decoded-value.ts';
import type { DecodeFailure } from '../payload-decoder.ts';
import { utf8Text } from '../utf8-text.ts';
import type { RecordPlan, ValuePlan } from './msgpack-schema.ts';

/** Arrays and maps inside one another, at most, as for JSON. */
const maxDepth = 64;
/** What one payload may become: a byte can be an empty map. */
const maxCost = 4_000_000;
/** An array or a map takes the memory of so many numbers. */
const containerCost = 8;

export class MsgpackRefusal extends Error {
  readonly error: DecodeFailure['error'];
  /** Grows outwards while it is thrown. */
  path = '';

  constructor(error: DecodeFailure['error'], message: string) {
    super(message);
    this.error = error;
  }
}

const fewIntegers = Array.from({ length: 1_024 }, (_, value) => BigInt(value));
const integer = (value: number): bigint =>
  value >= 0 && value < 1_024 ? (fewIntegers[value] as bigint) : BigInt(value);

/** Names of the last maps, by depth, with their bytes: records look alike. Only a memory: what is read does not depend on it. */
const lastNames: { names: readonly string[]; bytes: readonly Uint8Array[] }[] = [];
const maxRememberedNames = 256;
const longestRemembered = 256;

/** Reads one payload of MessagePack (github.com/msgpack/msgpack, spec.md). */
export class MsgpackReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #cost = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The whole payload as one record. @throws {MsgpackRefusal} */
  document(plan: ValuePlan): DecodedRecord {
    const value = this.#value(0, plan);
    const rest = this.#bytes.length - this.#at;
    if (rest > 0) throw this.#invalid(`expected the end of the payload, got ${rest} more bytes`);
    const isExtension = value instanceof DecodedRecord && value.names === extensionNames;
    if (value instanceof DecodedRecord && !isExtension) return value;
    const expected = plan === undefined ? 'a map' : 'a map or an array of fields';
    throw new MsgpackRefusal('NotAnObject', `expected ${expected}, got another value`);
  }

  #value(depth: number, plan: ValuePlan): DecodedValue {
    const head = this.#view.getUint8(this.#take(1));
    if (head < 0x80) return integer(head);
    if (head < 0x90) return this.#map(head & 0x0f, depth, plan);
    if (head < 0xa0) return this.#array(head & 0x0f, depth, plan);
    if (head < 0xc0) return this.#text(head & 0x1f);
    if (head >= 0xe0) return BigInt(head - 0x100);
    const view = this.#view;
    switch (head) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#binary(this.#size(head - 0xc4));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(this.#size(head - 0xc7));
      case 0xca:
        return view.getFloat32(this.#take(4));
      case 0xcb:
        return view.getFloat64(this.#take(8));
      case 0xcc:
        return integer(view.getUint8(this.#take(1)));
      case 0xcd:
        return integer(view.getUint16(this.#take(2)));
      case 0xce:
        return integer(view.getUint32(this.#take(4)));
      case 0xcf:
        return view.getBigUint64(this.#take(8));
      case 0xd0:
        return integer(view.getInt8(this.#take(1)));
      case 0xd1:
        return integer(view.getInt16(this.#take(2)));
      case 0xd2:
        return integer(view.getInt32(this.#take(4)));
      case 0xd3:
        return view.getBigInt64(this.#take(8));
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(1 << (head - 0xd4));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#size(head - 0xd9));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#size(head - 0xdb), depth, plan);
      case 0xde:
      case 0xdf:
        return this.#map(this.#size(head - 0xdd), depth, plan);
      default:
        throw this.#invalid('expected a value, got the byte 0xc1, which begins none');
    }
  }

  #array(size: number, depth: number, plan: ValuePlan): DecodedValue {
    this.#open(size, depth);
    if (plan?.kind === 'record') return this.#recordOfArray(size, depth, plan.plan);
    const element = plan?.kind === 'list' ? plan.element : undefined;
    const items: DecodedValue[] = [];
    for (let index = 0; index < size; index++) {
      try {
        items.push(this.#value(depth + 1, element));
      } catch (error) {
        throw within(error, `[${index}]`);
      }
    }
    return new DecodedList(items);
  }

  #recordOfArray(size: number, depth: number, { names, byIndex, inner }: RecordPlan): DecodedRecord {
    const values: DecodedValue[] = new Array(names.length).fill(null);
    for (let index = 0; index < size; index++) {
      const place = byIndex[index];
      if (place === undefined) {
        const value = this.#value(depth + 1, undefined);
        if (value !== null)
          throw this.#invalid(`expected a field of the schema at index ${index}, got a value for none`);
        continue;
      }
      try {
        values[place] = this.#value(depth + 1, inner[place]);
      } catch (error) {
        throw within(error, `.${names[place]}`);
      }
    }
    return new DecodedRecord(names, values);
  }

  #map(size: number, depth: number, plan: ValuePlan): DecodedValue {
    this.#open(2 * size, depth);
    if (plan?.kind === 'record') return this.#recordOfMap(size, depth, plan.plan);
    if (plan?.kind === 'map') return this.#entries(size, depth, plan.value);
    return this.#record(size, depth);
  }

  /** Keys are names; integers too, in digits. */
  #record(size: number, depth: number): DecodedRecord {
    const expected = lastNames[depth];
    const values: DecodedValue[] = [];
    let names: string[] | undefined;
    for (let index = 0; index < size; index++) {
      let name: string;
      const known = names === undefined ? expected?.bytes[index] : undefined;
      if (known !== undefined && this.#isNext(known)) {
        name = expected?.names[index] as string;
        this.#at += known.length;
      } else {
        names ??= expected?.names.slice(0, index) ?? [];
        name = this.#name(depth);
        names.push(name);
      }
      try {
        values.push(this.#value(depth + 1, undefined));
      } catch (error) {
        throw within(error, `.${name}`);
      }
    }
    if (names === undefined) {
      const all = expected?.names ?? [];
      return new DecodedRecord(size === all.length ? all : all.slice(0, size), values);
    }
    if (new Set(names).size < size) throw this.#doubled(names);
    if (size <= maxRememberedNames && names.every((name) => name.length <= longestRemembered))
      lastNames[depth] = { names, bytes: names.map(keyBytes) };
    return new DecodedRecord(names, values);
  }

  #recordOfMap(size: number, depth: number, { names, byName, byIndex, inner }: RecordPlan): DecodedRecord {
    const values: DecodedValue[] = new Array(names.length).fill(null);
    const seen = new Set<number>();
    let others: Map<string, DecodedValue> | undefined;
    for (let index = 0; index < size; index++) {
      const key = this.#value(depth + 1, undefined);
      if (typeof key !== 'string' && typeof key !== 'bigint') {
        throw this.#invalid(`expected the name or index of a field, got ${jsonOf(key)}`);
      }
      const place = typeof key === 'bigint' ? byIndex[Number(key)] : byName.get(key);
      if (place === undefined) {
        if (typeof key !== 'string') throw this.#invalid(`expected the name or index of a field, got ${key}`);
        others ??= new Map();
        if (others.has(key)) throw this.#doubled([key, key]);
        others.set(key, this.#value(depth + 1, undefined));
        continue;
      }
      const name = names[place] as string;
      if (seen.has(place)) throw this.#doubled([name, name]);
      seen.add(place);
      try {
        values[place] = this.#value(depth + 1, inner[place]);
      } catch (error) {
        throw within(error, `.${name}`);
      }
    }
    return others === undefined
      ? new DecodedRecord(names, values)
      : new DecodedRecord([...names, ...others.keys()], [...values, ...others.values()]);
  }

  /** Of a map that its schema calls one: keys of any kind but arrays and maps. */
  #entries(size: number, depth: number, plan: ValuePlan): DecodedMap {
    const entries: DecodedEntry[] = [];
    const keys = new Set<string>();
    for (let index = 0; index < size; index++) {
      const key = this.#value(depth + 1, undefined);
      if (key === null || key instanceof DecodedList || key instanceof DecodedRecord) {
        throw this.#invalid('expected a key that is a value, got nil, an array or a map');
      }
      const text = textOf(key);
      const known = `${kindOf(key)} ${text}`;
      if (keys.has(known)) throw this.#doubled([text, text]);
      keys.add(known);
      try {
        entries.push([key, this.#value(depth + 1, plan)]);
      } catch (error) {
        throw within(error, `.${text}`);
      }
    }
    return new DecodedMap(entries);
  }

  #name(depth: number): string {
    const key = this.#value(depth + 1, undefined);
    if (typeof key === 'string') return key;
    if (typeof key === 'bigint') return String(key);
    throw this.#invalid('expected keys that are strings or integers, got another');
  }

  #isNext(bytes: Uint8Array): boolean {
    const at = this.#at;
    if (at + bytes.length > this.#bytes.length) return false;
    for (let index = 0; index < bytes.length; index++) {
      if (this.#bytes[at + index] !== bytes[index]) return false;
    }
    return true;
  }

  #text(size: number): string {
    const start = this.#take(size);
    const text = utf8Text(this.#bytes, start, this.#at);
    if (text !== undefined) return text;
    throw new MsgpackRefusal('InvalidUtf8', `expected UTF-8 in a string, got an invalid sequence at byte ${start}`);
  }

  /** Its own copy: a payload's memory ends with its batch. */
  #binary(size: number): Uint8Array {
    const start = this.#take(size);
    return new Uint8Array(this.#bytes.subarray(start, start + size));
  }

  /** Timestamps are instants; other extensions, whose meaning is their producers', records of type and bytes. */
  #extension(size: number): DecodedValue {
    const type = this.#view.getInt8(this.#take(1));
    const start = this.#take(size);
    if (type === -1) return this.#instant(start, size);
    return new DecodedRecord(extensionNames, [
      integer(type),
      new Uint8Array(this.#bytes.subarray(start, start + size)),
    ]);
  }

  #instant(start: number, size: number): DecodedInstant {
    const view = this.#view;
    let seconds: bigint;
    let nanos = 0;
    switch (size) {
      case 4:
        seconds = BigInt(view.getUint32(start));
        break;
      case 8: {
        const both = view.getBigUint64(start);
        nanos = Number(both >> 34n);
        seconds = both & 0x3_ffff_ffffn;
        break;
      }
      case 12:
        nanos = view.getUint32(start);
        seconds = view.getBigInt64(start + 4);
        break;
      default:
        throw this.#invalid(`expected a timestamp of 4, 8 or 12 bytes, got ${size}`);
    }
    if (nanos > 999_999_999) throw this.#invalid(`expected at most 999999999 nanoseconds, got ${nanos}`);
    return new DecodedInstant(seconds * 1_000_000n + BigInt(Math.floor(nanos / 1_000)), false, nanos % 1_000);
  }

  /** Of one, two or four bytes. */
  #size(power: number): number {
    const start = this.#take(1 << power);
    if (power === 0) return this.#view.getUint8(start);
    return power === 1 ? this.#view.getUint16(start) : this.#view.getUint32(start);
  }

  /** Each value takes a byte or more: sizes that the payload cannot hold reserve nothing. */
  #open(values: number, depth: number): void {
    if (depth >= maxDepth)
      throw new MsgpackRefusal('TooDeep', `expected at most ${maxDepth} levels of nesting, got more`);
    if (values > this.#bytes.length - this.#at) {
      throw this.#invalid(`expected ${values} values, got ${this.#bytes.length - this.#at} bytes`);
    }
    this.#cost += values + containerCost;
    if (this.#cost > maxCost) throw new MsgpackRefusal('TooLarge', 'expected fewer values in one payload, got more');
  }

  /** Steps over so many bytes; answers where they begin. */
  #take(bytes: number): number {
    const start = this.#at;
    if (start + bytes > this.#bytes.length) {
      throw this.#invalid(`expected ${bytes} bytes, got ${this.#bytes.length - start}`);
    }
    this.#at = start + bytes;
    return start;
  }

  #invalid(what: string): MsgpackRefusal {
    return new MsgpackRefusal('InvalidPayload', `${what}, at byte ${this.#at}`);
  }

  #doubled(names: readonly string[]): MsgpackRefusal {
    const seen = new Set<string>();
    const name = names.find((each) => seen.size === seen.add(each).size);
    const message = `expected each name once in a map, got ${JSON.stringify(name)} twice`;
    return new MsgpackRefusal('DuplicateKey', message);
  }
}

const extensionNames = ['type', 'data'];

/** A name as most serialisers write it: what is written otherwise is read, and not remembered. */
function keyBytes(name: string): Uint8Array {
  const text = Buffer.from(name);
  if (text.length < 32) return Buffer.concat([Buffer.of(0xa0 | text.length), text]);
  if (text.length < 256) return Buffer.concat([Buffer.of(0xd9, text.length), text]);
  return Buffer.concat([Buffer.of(0xda, text.length >> 8, text.length & 0xff), text]);
}

function within(error: unknown, step: string): unknown {
  if (error instanceof MsgpackRefusal) error.path = `${step}${error.path}`;
  return error;
}
