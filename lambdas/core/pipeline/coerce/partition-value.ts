import type { ColumnValue } from '#columnar/vector/column.ts';
import { decimalText } from '#columnar/vector/decimal-text.ts';
import { printDate } from '#columnar/vector/fixed-columns.ts';
import { type DataType, decimalOf } from '#delta/schema.ts';
import { isInCalendar } from './iso-time.ts';
import { Misfit } from './misfit.ts';

/** A longer value would not fit a key of S3 beside the rest of it. */
export const maxValueLength = 512;

/**
 * A value as text in `partitionValues` (PROTOCOL.md, "Partition Value Serialization"): null and the empty string are null.
 *
 * @throws {Misfit} where Delta has no text for the value.
 */
export function partitionValueOf(type: DataType, value: ColumnValue): string | null {
  if (value === null || value === '') return null;
  const text = textOf(type, value);
  if (text.length > maxValueLength) {
    throw new Misfit(
      'PartitionValue',
      `expected a partition value of ${maxValueLength} characters at most, got ${text.length}`,
    );
  }
  return text === '' ? null : text;
}

function textOf(type: DataType, value: ColumnValue): string {
  switch (type) {
    case 'string':
    case 'byte':
    case 'short':
    case 'integer':
    case 'long':
    case 'boolean':
      return String(value);
    case 'float':
    case 'double':
      return javaDouble(value as number);
    case 'date':
      return printDate(value as number).slice(1, -1);
    case 'timestamp':
      return printMicros(inCalendar(type, value as bigint), 'T', 'Z');
    case 'timestamp_ntz':
      return printMicros(inCalendar(type, value as bigint), ' ', '');
    case 'binary':
      return utf8Of(value as Uint8Array);
  }
  const decimal = decimalOf(type);
  if (decimal !== undefined) return decimalText(value as bigint, decimal.scale);
  throw new Misfit('PartitionValue', `expected a partition column of a primitive type, got ${JSON.stringify(type)}`);
}

function inCalendar(type: string, micros: bigint): bigint {
  if (isInCalendar(micros)) return micros;
  throw new Misfit(
    'InvalidTimestamp',
    `expected a ${type} of the years 0001 to 9999 as a partition value, got ${micros} microseconds since 1970`,
  );
}

/** As `Double.toString` of Java: `1.0`, `1.0E7`. */
function javaDouble(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const magnitude = Math.abs(value);
  if (magnitude === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (magnitude >= 1e-3 && magnitude < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value);
  const [mantissa, exponent] = value.toExponential().split('e') as [string, string];
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}

/** Microseconds since 1970 as ISO 8601 has them. */
export function printMicros(micros: bigint, between: 'T' | ' ', zone: 'Z' | ''): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19);
  return `${seconds.replace('T', between)}.${String(fraction).padStart(6, '0')}${zone}`;
}

function utf8Of(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new Misfit('PartitionValue', `expected bytes of UTF-8 as a partition value, got others (${String(cause)})`);
  }
}
