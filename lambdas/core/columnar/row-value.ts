import { UnsupportedFeature } from '#delta/errors.ts';
import { type DataType, decimalOf } from '#delta/schema.ts';

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
