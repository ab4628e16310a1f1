import { UnsupportedFeature } from './errors.ts';
import { type DataType, decimalOf } from './schema.ts';

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

/**
 * A partition value's or a map key's text in the form of its type (PROTOCOL.md, "Partition Value Serialization"). A timestamp
 * without an offset is in UTC.
 *
 * @throws {UnsupportedFeature} for types and texts that are not read here.
 */
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
    case 'double':
      return Number(text);
    case 'float':
      return Math.fround(Number(text));
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

/** A partition value's text in the form of its column's type: empty text is null, whatever the type. */
export const partitionValue = (text: string | null | undefined, type: DataType): Value =>
  text === undefined || text === '' ? null : textToValue(text, type);

function padded(text: string, scale: number): string {
  const [whole, fraction = ''] = text.split('.') as [string, string?];
  return scale === 0 ? whole : `${whole}.${fraction.padEnd(scale, '0')}`;
}

const timestampPattern =
  /^(\d{4,}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:Z|([+-])(\d{2}):?(\d{2}))?)?$/;

function microseconds(text: string): bigint {
  const [, date, time = '00:00:00', fraction = '', sign, hours, minutes] = timestampPattern.exec(text) ?? [];
  const ms = Date.parse(`${date}T${time}Z`);
  if (Number.isNaN(ms)) throw new UnsupportedFeature(`expected a timestamp such as 2024-06-15 19:30:45, got ${text}`);
  const offsetMs = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === '-' ? -60_000 : 60_000);
  return BigInt(ms - offsetMs) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
}

/**
 * Orders values of one primitive type as SQL does: below zero when `left` comes first. Null comes before everything, NaN
 * after every other number and equal to itself; texts and binary are ordered by their bytes.
 *
 * @throws {UnsupportedFeature} for types without an order here.
 */
export function compareValues(left: Value, right: Value, type: DataType): number {
  if (left === null || right === null) return Number(left !== null) - Number(right !== null);
  if (decimalOf(type) !== undefined) return compareDecimals(left as string, right as string);
  switch (type) {
    case 'string':
      return compareUtf8(left as string, right as string);
    case 'float':
    case 'double':
      return compareNumbers(left as number, right as number);
    case 'long':
    case 'integer':
    case 'short':
    case 'byte':
    case 'boolean':
    case 'timestamp':
    case 'timestamp_ntz':
      return left < right ? -1 : left > right ? 1 : 0;
    case 'date':
      return compareDates(left as string, right as string);
    case 'binary':
      return compareBytes(left as Uint8Array, right as Uint8Array);
    default:
      throw new UnsupportedFeature(`expected a type whose values have an order, got ${JSON.stringify(type)}`);
  }
}

/** Years past 9999 and before 0 have a sign and six digits, as in ECMAScript. */
function compareDates(left: string, right: string): number {
  if (left.length !== right.length || left.length !== 'yyyy-MM-dd'.length) return Date.parse(left) - Date.parse(right);
  return left < right ? -1 : left > right ? 1 : 0;
}

function compareNumbers(left: number, right: number): number {
  if (Number.isNaN(left) || Number.isNaN(right)) return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
  return left < right ? -1 : left > right ? 1 : 0;
}

function compareDecimals(left: string, right: string): number {
  const scale = Math.max(scaleOf(left), scaleOf(right));
  const [leftDigits, rightDigits] = [unscaled(left, scale), unscaled(right, scale)];
  return leftDigits < rightDigits ? -1 : leftDigits > rightDigits ? 1 : 0;
}

const scaleOf = (text: string): number => text.split('.')[1]?.length ?? 0;
const unscaled = (text: string, scale: number): bigint =>
  BigInt(text.replace('.', '')) * 10n ** BigInt(scale - scaleOf(text));

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    if (left[index] !== right[index]) return left[index]! - right[index]!;
  }
  return left.length - right.length;
}

/** The order of UTF-8 bytes, which for surrogate pairs is not that of JavaScript's strings. */
export function compareUtf8(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const leftUnit = left.charCodeAt(index);
    const rightUnit = right.charCodeAt(index);
    if (leftUnit !== rightUnit) return byteOrder(leftUnit) - byteOrder(rightUnit);
  }
  return left.length - right.length;
}

/** Surrogates stand for characters past every other unit. */
const byteOrder = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
