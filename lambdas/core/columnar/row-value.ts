import { UnsupportedFeature } from '#delta/errors.ts';
import { type DataType, decimalOf } from '#delta/schema.ts';
import { decimalText, unscaledOf } from './decimal-text.ts';
import { dateText } from './exact-values.ts';

/**
 * A value of a row, exact: `long` is a bigint, decimals are text with all digits of their scale, timestamps (with and
 * without zone) are microseconds since 1970 as bigint, dates are `yyyy-MM-dd`, binary is bytes, maps are `Map`s.
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Value[]
  | Map<Value, Value>
  | { [field: string]: Value };

const utf8 = new TextDecoder();

/** A value as it comes out of a Parquet file, in the form of its Delta type. */
export function toValue(raw: unknown, type: DataType): Value {
  if (raw === null || raw === undefined) return null;
  if (typeof type === 'string') return toPrimitive(raw, type);
  switch (type.type) {
    case 'struct': {
      const group = raw as Record<string, unknown>;
      return Object.fromEntries(type.fields.map((field) => [field.name, toValue(group[field.name], field.type)]));
    }
    case 'array':
      return [...(raw as Iterable<unknown>)].map((element) => toValue(element, type.elementType));
    case 'map':
      return new Map(
        Object.entries(raw as object).map(([key, value]) => [
          textToValue(key, type.keyType),
          toValue(value, type.valueType),
        ]),
      );
  }
}

function toPrimitive(raw: unknown, type: string): Value {
  const decimal = decimalOf(type);
  if (decimal !== undefined) return decimalText(unscaledOf(raw as number | bigint | Uint8Array), decimal.scale);
  switch (type) {
    case 'long':
    case 'timestamp':
    case 'timestamp_ntz':
      return BigInt(raw as number | bigint);
    case 'integer':
    case 'short':
    case 'byte':
    case 'float':
    case 'double':
      return Number(raw);
    case 'boolean':
      return raw as boolean;
    case 'date':
      return dateText(raw as number);
    case 'string':
      return typeof raw === 'string' ? raw : utf8.decode(raw as Uint8Array);
    case 'binary':
      return raw as Uint8Array;
    case 'void':
      return null;
    default:
      throw new UnsupportedFeature(`expected a column type that is read here, got ${type}`);
  }
}

const timestampPattern = /^(\d{4,}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:Z|\+00:00)?$/;

/** A partition value's or a map key's text in the form of its type (PROTOCOL.md, "Partition Value Serialization"). */
export function textToValue(text: string | null, type: DataType): Value {
  if (text === null || (text === '' && type !== 'string')) return null;
  if (typeof type !== 'string') throw new UnsupportedFeature(`expected a primitive type, got ${JSON.stringify(type)}`);
  const decimal = decimalOf(type);
  if (decimal !== undefined) return padded(text, decimal.scale);
  switch (type) {
    case 'long':
      return BigInt(text);
    case 'integer':
    case 'short':
    case 'byte':
    case 'float':
    case 'double':
      return Number(text);
    case 'boolean':
      return text === 'true';
    case 'timestamp':
    case 'timestamp_ntz':
      return microseconds(text);
    case 'string':
    case 'date':
      return text;
    case 'binary':
      return new TextEncoder().encode(text);
    default:
      throw new UnsupportedFeature(`expected a column type that is read here, got ${type}`);
  }
}

function padded(text: string, scale: number): string {
  const [whole, fraction = ''] = text.split('.') as [string, string?];
  return scale === 0 ? whole : `${whole}.${fraction.padEnd(scale, '0')}`;
}

function microseconds(text: string): bigint {
  const [, date, time, fraction = ''] = timestampPattern.exec(text) ?? [];
  if (date === undefined) throw new UnsupportedFeature(`expected a timestamp in UTC, got ${text}`);
  const seconds = BigInt(Date.parse(`${date}T${time}Z`)) * 1000n;
  return seconds + BigInt(fraction.padEnd(6, '0').slice(0, 6));
}
