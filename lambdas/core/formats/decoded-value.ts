import { Buffer } from 'node:buffer';
import { DecodedDate, DecodedInstant } from './decoded-time.ts';

export { DecodedDate, DecodedInstant };

/**
 * What a payload decodes to, before it meets a schema: as the payload says it, with nothing rounded. A `number` is a double (a
 * float is one too), a `bigint` an integer of any size, a `NumberToken` a number in digits: JSON's, and decimals. Enums and UUIDs
 * are strings.
 */
export type DecodedValue =
  | null
  | boolean
  | string
  | NumberToken
  | number
  | bigint
  | Uint8Array
  | DecodedInstant
  | DecodedDate
  | DecodedMap
  | DecodedList
  | DecodedRecord;

/** ES2025's `JSON.rawJSON`, which TypeScript's library does not know yet. */
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

/** A number as written: it has not passed through a double. */
export class NumberToken {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** The nearest double: for comparing and computing. */
  valueOf(): number {
    return Number(this.text);
  }

  /** `JSON.stringify` writes the number as it was written; what is no number of JSON, as a string. */
  toJSON(): unknown {
    return Number.isNaN(this.valueOf()) || this.text.endsWith('Infinity') ? this.text : rawJson(this.text);
  }
}

/**
 * A finite double as a number in digits that stands for it alone: whole ones beyond 2^53 with an exponent, since digits without one
 * say a whole number, which the nearest double is not.
 */
export const doubleDigits = (value: number): string =>
  Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : doubleText(value);

/** A double as text: JSON's where JSON has one, `NaN`, `Infinity` and `-Infinity` where it has none. */
export const doubleText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

/**
 * The text of a value in a column of strings: strings as they are, numbers in digits, bytes in base64, times in ISO 8601, lists,
 * maps and records as JSON.
 */
export function textOf(value: Exclude<DecodedValue, null>): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'number':
      return doubleText(value);
  }
  if (value instanceof NumberToken || value instanceof DecodedInstant || value instanceof DecodedDate)
    return value.text;
  if (value instanceof Uint8Array) return base64Of(value);
  return value.raw;
}

const base64Of = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** A value as JSON; what JSON has no word for, as a string (Protobuf's JSON mapping does the same). */
export function jsonOf(value: DecodedValue): string {
  if (value === null) return 'null';
  const text = textOf(value);
  if (typeof value === 'number') return Number.isFinite(value) ? text : JSON.stringify(text);
  const isText =
    typeof value === 'string' ||
    value instanceof Uint8Array ||
    value instanceof DecodedInstant ||
    value instanceof DecodedDate;
  return isText ? JSON.stringify(text) : text;
}

/**
 * What `raw` of lists and records answers: the text as written, between `start` and `end` of the payload's text, or as JSON would
 * write it, where nobody has. The two share no base class: V8 makes them three times faster without one, and most of decoding
 * is making them.
 */
export class DecodedList {
  readonly items: readonly DecodedValue[];
  readonly #source: string | undefined;
  readonly #start: number;
  readonly #end: number;

  /** Without `source`, `start` and `end` for a list that no payload's text holds. */
  constructor(items: readonly DecodedValue[], source?: string, start = 0, end = 0) {
    this.items = items;
    this.#source = source;
    this.#start = start;
    this.#end = end;
  }

  get raw(): string {
    return this.#source === undefined
      ? `[${this.items.map(jsonOf).join(',')}]`
      : this.#source.slice(this.#start, this.#end);
  }
}

/** Fields in the order of the payload; no name occurs twice. */
export class DecodedRecord {
  readonly names: readonly string[];
  readonly values: readonly DecodedValue[];
  readonly #source: string | undefined;
  readonly #start: number;
  readonly #end: number;

  /** Without `source`, `start` and `end` for a record that no payload's text holds. */
  constructor(names: readonly string[], values: readonly DecodedValue[], source?: string, start = 0, end = 0) {
    this.names = names;
    this.values = values;
    this.#source = source;
    this.#start = start;
    this.#end = end;
  }

  get raw(): string {
    return this.#source === undefined ? this.#written() : this.#source.slice(this.#start, this.#end);
  }

  #written(): string {
    const fields = this.names.map(
      (name, index) => `${JSON.stringify(name)}:${jsonOf(this.values[index] as DecodedValue)}`,
    );
    return `{${fields.join(',')}}`;
  }
}

const unions = new WeakSet<readonly string[]>();

/** Marks the names of a union's members: records that have this list of names hold one of them, the others are null. */
export function asUnion(names: readonly string[]): readonly string[] {
  unions.add(names);
  return names;
}

/** The member of a union that a record stands for; nothing for other records. */
export const memberOf = ({ names, values }: DecodedRecord): DecodedValue | undefined =>
  unions.has(names) ? (values.find((value) => value !== null) ?? null) : undefined;

export type DecodedEntry = readonly [key: Exclude<DecodedValue, null>, value: DecodedValue];

/** Entries in the order of the payload; no key occurs twice. */
export class DecodedMap {
  readonly entries: readonly DecodedEntry[];

  constructor(entries: readonly DecodedEntry[]) {
    this.entries = entries;
  }

  /** As a JSON object: keys that are no strings by their texts. */
  get raw(): string {
    return `{${this.entries.map(([key, value]) => `${JSON.stringify(textOf(key))}:${jsonOf(value)}`).join(',')}}`;
  }
}

/** The kinds of values, each of which a column's type has its own answer to (docs/coercion.md). */
export const valueKinds = [
  'boolean',
  'string',
  'number',
  'double',
  'integer',
  'bytes',
  'instant',
  'local time',
  'date',
  'array',
  'map',
  'object',
] as const;

/** `number` is one in digits, `double` and `integer` are a payload's binary ones. */
export type ValueKind = (typeof valueKinds)[number];

export function kindOf(value: Exclude<DecodedValue, null>): ValueKind {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return typeof value as 'string' | 'boolean';
    case 'number':
      return 'double';
    case 'bigint':
      return 'integer';
  }
  if (value instanceof NumberToken) return 'number';
  if (value instanceof DecodedRecord) return 'object';
  if (value instanceof DecodedList) return 'array';
  if (value instanceof DecodedInstant) return value.isLocal ? 'local time' : 'instant';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof DecodedDate) return 'date';
  if (value instanceof DecodedMap) return 'map';
  return value satisfies never;
}
