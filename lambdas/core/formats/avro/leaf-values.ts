import { DecodedDate, DecodedInstant } from '../decoded-time.ts';
import { DecodedRecord, NumberToken } from '../decoded-value.ts';
import { AvroRefusal } from './avro-refusal.ts';
import type { LogicalType } from './avro-schema.ts';

/** Integers that need no room of their own. */
const smallIntegers = Array.from({ length: 1_280 }, (_, index) => BigInt(index - 256));

/** A long that avsc has read as a double, or exactly. */
export function integerOf(value: number | bigint): bigint {
  if (typeof value === 'bigint') return value;
  return value >= -256 && value < 1_024 ? (smallIntegers[value + 256] as bigint) : BigInt(value);
}

/** avsc reads as many bytes of an int as there are. */
export function intOf(value: number): number {
  if ((value | 0) === value) return value;
  throw new AvroRefusal('InvalidPayload', `expected an int of 32 bits, got ${value}`);
}

export const dateOf = (days: number): DecodedDate => new DecodedDate(intOf(days));

/** Conversions of longs that are times. */
export const instants: Partial<Record<LogicalType['name'], (value: number | bigint) => DecodedInstant>> = {
  'timestamp-millis': (value) => new DecodedInstant(BigInt(value) * 1000n),
  'timestamp-micros': (value) => new DecodedInstant(BigInt(value)),
  'timestamp-nanos': (value) => DecodedInstant.ofNanos(BigInt(value)),
  'local-timestamp-millis': (value) => new DecodedInstant(BigInt(value) * 1000n, true),
  'local-timestamp-micros': (value) => new DecodedInstant(BigInt(value), true),
  'local-timestamp-nanos': (value) => DecodedInstant.ofNanos(BigInt(value), true),
};

/** Of a number that doubles hold every value of. */
const maxNumberBytes = 6;

const fewBytes = 64;

const tooManyDigits = (most: number, found: number | 'more'): AvroRefusal =>
  new AvroRefusal('InvalidPayload', `expected a decimal of at most ${most} digits, got ${found}`);

/** Unscaled two's complement, the highest byte first, as decimal digits. */
export function decimalOf(bytes: Uint8Array, precision: number, scale: number): NumberToken {
  const unscaled = unscaledOf(bufferOf(bytes));
  const isNegative = unscaled < 0;
  const magnitude = isNegative ? -unscaled : unscaled;
  // Digits of a megabyte take seconds to write.
  if (bytes.length > fewBytes && magnitude >= 10n ** BigInt(precision)) throw tooManyDigits(precision, 'more');
  const digits = String(magnitude);
  if (digits.length > precision) throw tooManyDigits(precision, digits.length);
  if (scale === 0) return new NumberToken(isNegative ? `-${digits}` : digits);
  const padded = digits.padStart(scale + 1, '0');
  const point = padded.length - scale;
  return new NumberToken(`${isNegative ? '-' : ''}${padded.slice(0, point)}.${padded.slice(point)}`);
}

function unscaledOf(bytes: Buffer): number | bigint {
  if (bytes.length === 0) return 0;
  if (bytes.length <= maxNumberBytes) return bytes.readIntBE(0, bytes.length);
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
}

/** A UUID of 16 bytes as text. */
export function uuidOf(bytes: Uint8Array): string {
  const hex = bufferOf(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export const durationNames = ['months', 'days', 'millis'] as const;

/** Three unsigned integers of 32 bits, the lowest byte first. */
export function durationOf(bytes: Uint8Array): DecodedRecord {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new DecodedRecord(
    durationNames,
    durationNames.map((_, index) => BigInt(view.getUint32(index * 4, true))),
  );
}

const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
