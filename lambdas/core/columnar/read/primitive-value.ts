import type { ParquetType, SchemaTree } from 'hyparquet';
import { UnsupportedFeature } from '#delta/errors.ts';
import { decimalOf } from '#delta/schema.ts';
import type { Value } from '#delta/value.ts';
import { decimalText, unscaledOf } from '../vector/decimal-text.ts';
import { dateText } from './exact-values.ts';

const integers: readonly ParquetType[] = ['INT32'];
const bytes: readonly ParquetType[] = ['BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'];

/** Parquet types that hold a Delta type, narrower ones that widen to it included. */
const storedAs: Readonly<Record<string, readonly ParquetType[]>> = {
  byte: integers,
  short: integers,
  integer: integers,
  long: ['INT64', 'INT32'],
  float: ['FLOAT'],
  double: ['DOUBLE', 'FLOAT', 'INT32'],
  boolean: ['BOOLEAN'],
  date: integers,
  timestamp: ['INT64', 'INT96'],
  timestamp_ntz: ['INT64', 'INT96', 'INT32'],
  string: bytes,
  binary: bytes,
  decimal: ['INT32', 'INT64', ...bytes],
};

const dayUs = 86_400_000_000n;
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const toUtf8 = new TextEncoder();

/**
 * Reads non-null values of a primitive type from a file's field.
 *
 * @throws {UnsupportedFeature} for a type that is unknown here, and for a field that holds none of what widens to it.
 */
export function primitiveReader(type: string, node: SchemaTree, path: string): (raw: unknown) => Value {
  const decimal = decimalOf(type);
  const stored = storedAs[decimal === undefined ? type : 'decimal'];
  if (type === 'void') return () => null;
  if (stored === undefined) throw unknownType(type, path);
  if (node.element.type === undefined || !stored.includes(node.element.type)) {
    throw new UnsupportedFeature(
      `${path}: expected a Parquet field that holds ${type}, got ${node.element.type ?? 'a group'}`,
    );
  }
  return decimal === undefined ? readers[type]! : decimalReader(decimal.scale, node, type, path);
}

/** @throws {UnsupportedFeature} for a type that is unknown here. */
export function assertKnownType(type: string, path: string): void {
  if (type !== 'void' && decimalOf(type) === undefined && storedAs[type] === undefined) throw unknownType(type, path);
}

const unknownType = (type: string, path: string): UnsupportedFeature =>
  new UnsupportedFeature(`${path}: expected a column type that is read here, got ${type}`);

const toNumber = (raw: unknown): number => Number(raw);
const toBigInt = (raw: unknown): bigint => BigInt(raw as number | bigint);

const readers: Readonly<Record<string, (raw: unknown) => Value>> = {
  byte: toNumber,
  short: toNumber,
  integer: toNumber,
  float: toNumber,
  double: toNumber,
  long: toBigInt,
  timestamp: toBigInt,
  // Dates are days and come as numbers, timestamps as bigint.
  timestamp_ntz: (raw) => (typeof raw === 'number' ? BigInt(raw) * dayUs : (raw as bigint)),
  date: (raw) => dateText(raw as number),
  boolean: (raw) => raw as boolean,
  string: (raw) => (typeof raw === 'string' ? raw : utf8.decode(raw as Uint8Array)),
  binary: (raw) => (typeof raw === 'string' ? toUtf8.encode(raw) : (raw as Uint8Array)),
};

/** A file's scale may be smaller than the table's, and integers have none. */
function decimalReader(scale: number, { element }: SchemaTree, type: string, path: string): (raw: unknown) => Value {
  const isDecimal = element.converted_type === 'DECIMAL' || element.logical_type?.type === 'DECIMAL';
  const storedScale = isDecimal ? (element.scale ?? 0) : 0;
  if (storedScale > scale) {
    throw new UnsupportedFeature(
      `${path}: expected a Parquet field that holds ${type}, got one of scale ${storedScale}`,
    );
  }
  const factor = 10n ** BigInt(scale - storedScale);
  return (raw) => decimalText(unscaledOf(raw as number | bigint | Uint8Array) * factor, scale);
}
