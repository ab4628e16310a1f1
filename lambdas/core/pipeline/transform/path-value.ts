import type { JSONValue } from '@jmespath-community/jmespath';
import { DecodedDate, DecodedInstant } from '#formats/decoded-time.ts';
import {
  DecodedList,
  DecodedMap,
  DecodedRecord,
  type DecodedValue,
  doubleDigits,
  NumberToken,
  textOf,
} from '#formats/decoded-value.ts';

/** Bytes or a time of the payload: a string for expressions. */
export class TextToken {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
    /** To JMESPath what has no fields is false, as an empty string is. */
    if (text === '') Object.defineProperty(this, 'text', { enumerable: false });
  }

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }
}

/** What an expression reads and gives: JSON, in which what JSON cannot hold exactly is still as the payload has it. */
export type PathValue =
  | JSONValue
  | NumberToken
  | TextToken
  | readonly PathValue[]
  | { readonly [name: string]: PathValue };

/** Which of the payload's values expressions read: what one only passes on is the payload's own again. */
export type Origins = Map<object, DecodedValue>;

/** A payload's value for expressions: numbers in digits, times in ISO 8601, bytes in base64, maps as objects. */
export function pathValue(value: DecodedValue, origins: Origins): PathValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (value instanceof NumberToken) return value;
  const made = madeOf(value, origins);
  origins.set(made, value);
  return made;
}

function madeOf(
  value: Exclude<DecodedValue, null | boolean | string | NumberToken>,
  origins: Origins,
): PathValue & object {
  if (typeof value === 'number' || typeof value === 'bigint') return new NumberToken(textOf(value));
  if (value instanceof DecodedList) return value.items.map((item) => pathValue(item, origins));
  if (value instanceof DecodedRecord) return fieldsOf(value.names, value.values, origins);
  if (value instanceof DecodedMap) {
    const keys = value.entries.map(([key]) => textOf(key));
    const values = value.entries.map(([, inner]) => inner);
    return fieldsOf(keys, values, origins);
  }
  if (value instanceof Uint8Array || value instanceof DecodedInstant || value instanceof DecodedDate) {
    return new TextToken(textOf(value));
  }
  return value satisfies never;
}

function fieldsOf(
  names: readonly string[],
  values: readonly DecodedValue[],
  origins: Origins,
): Record<string, PathValue> {
  const fields: Record<string, PathValue> = {};
  for (let index = 0; index < names.length; index++) {
    const field = pathValue(values[index] as DecodedValue, origins);
    const name = names[index] as string;
    if (name === '__proto__') Object.defineProperty(fields, name, { value: field, enumerable: true });
    else fields[name] = field;
  }
  return fields;
}

/**
 * What an expression gave; whatever of it the payload holds is the payload's own.
 *
 * @throws {Error} for what no column could hold: half of a surrogate pair, a number that is none.
 */
export function decodedValue(value: PathValue | undefined, origins: ReadonlyMap<object, DecodedValue>): DecodedValue {
  switch (typeof value) {
    case 'undefined':
      return null;
    case 'boolean':
      return value;
    case 'string':
      if (!value.isWellFormed()) throw new Error('expected whole Unicode characters, got half of a surrogate pair');
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new Error(`expected a number of JSON, got ${value}`);
      return new NumberToken(doubleDigits(value));
    case 'object': {
      if (value === null) return value;
      const known = origins.get(value);
      if (known !== undefined) return known;
      if (value instanceof NumberToken) return value;
      if (Array.isArray(value)) return new DecodedList(value.map((item) => decodedValue(item, origins)));
      const fields = Object.entries(value as Record<string, PathValue>);
      return new DecodedRecord(
        fields.map(([name]) => name),
        fields.map(([, inner]) => decodedValue(inner, origins)),
      );
    }
    default:
      throw new Error(`expected a value of JSON, got a ${typeof value}`);
  }
}
