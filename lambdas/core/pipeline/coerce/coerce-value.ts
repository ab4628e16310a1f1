import type { ColumnValue } from '#columnar/vector/column.ts';
import { isWritable } from '#columnar/vector/make-column.ts';
import { type EpochUnit, microsecondDigits } from '#contract/epoch-unit.ts';
import { type ArrayType, type DataType, decimalOf } from '#delta/schema.ts';
import { decodeStrictBase64 } from '#formats/base64.ts';
import { DecodedList, DecodedRecord, type DecodedValue, NumberToken } from '#formats/decoded-value.ts';
import { structCoercion } from './coerce-struct.ts';
import { exactDouble, scaledInteger } from './exact-number.ts';
import { type IsoTime, isInCalendar, parseIsoTime } from './iso-time.ts';
import { Misfit } from './misfit.ts';

/** Turns one decoded value that is not null into a column's value. @throws {Misfit} naming both types where that loses anything. */
export type Coercion = (value: Exclude<DecodedValue, null>) => ColumnValue;

/** What a value is, in the words of its payload. */
export function kindOf(value: DecodedValue): string {
  if (value === null) return 'null';
  if (value instanceof NumberToken) return 'number';
  if (value instanceof DecodedList) return 'array';
  if (value instanceof DecodedRecord) return 'object';
  return typeof value;
}

function shown(value: DecodedValue): string {
  const text =
    value instanceof NumberToken
      ? value.text
      : value instanceof DecodedList || value instanceof DecodedRecord
        ? value.raw
        : JSON.stringify(value);
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}

export const mismatch = (type: DataType, value: DecodedValue): Misfit =>
  new Misfit('TypeMismatch', `expected ${nameOf(type)}, got ${kindOf(value)} ${shown(value)}`);

const lossy = (type: DataType, value: DecodedValue): Misfit =>
  new Misfit('LossyValue', `expected ${nameOf(type)}, which cannot hold ${kindOf(value)} ${shown(value)} exactly`);

const nameOf = (type: DataType): string => (typeof type === 'string' ? type : type.type);

/** The rule for a column of this type; a timestamp's numbers count `epochUnit`s, or are refused. */
export function coercionTo(type: DataType, epochUnit?: EpochUnit): Coercion {
  if (!isWritable(type)) {
    return (value) => {
      throw new Misfit(
        'TypeMismatch',
        `expected no value: columns of type ${nameOf(type)} cannot be written, got ${kindOf(value)}`,
      );
    };
  }
  if (typeof type !== 'string') {
    return type.type === 'struct' ? structCoercion(type, coercionTo, mismatch) : listCoercion(type as ArrayType);
  }
  switch (type) {
    case 'string':
      return toText;
    case 'long':
      return integerCoercion(type, 64, true);
    case 'integer':
      return integerCoercion(type, 32, false);
    case 'short':
      return integerCoercion(type, 16, false);
    case 'byte':
      return integerCoercion(type, 8, false);
    case 'double':
    case 'float':
      return floatCoercion(type);
    case 'boolean':
      return (value) => {
        if (typeof value !== 'boolean') throw mismatch(type, value);
        return value;
      };
    case 'binary':
      return (value) => {
        if (typeof value !== 'string') throw mismatch(type, value);
        const bytes = decodeStrictBase64(value);
        if (bytes === undefined)
          throw new Misfit('TypeMismatch', `expected binary as base64, got string ${shown(value)}`);
        return bytes;
      };
    case 'timestamp':
      return epochUnit === undefined ? timeCoercion(type) : instantCoercion(epochUnit);
    case 'date':
    case 'timestamp_ntz':
      return timeCoercion(type);
    default:
      return decimalCoercion(type);
  }
}

/** A string column takes anything: strings as they are, everything else as its text in the payload. */
function toText(value: Exclude<DecodedValue, null>): string {
  if (typeof value === 'string') return value;
  if (value instanceof NumberToken) return value.text;
  return typeof value === 'boolean' ? String(value) : value.raw;
}

/** A number, or a string that is one: JSON's writers put int64 and decimals in quotes to keep readers from rounding them. */
function numberText(value: DecodedValue): string | undefined {
  if (value instanceof NumberToken) return value.text;
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? value : undefined;
}

function integerCoercion(type: string, bits: number, wide: boolean): Coercion {
  const limit = 2n ** BigInt(bits - 1);
  return (value) => {
    const text = wide ? numberText(value) : value instanceof NumberToken ? value.text : undefined;
    if (text === undefined) throw mismatch(type, value);
    const whole = scaledInteger(text, 0);
    if (whole === undefined || whole < -limit || whole >= limit) throw lossy(type, value);
    return wide ? whole : Number(whole);
  };
}

function floatCoercion(type: 'double' | 'float'): Coercion {
  return (value) => {
    if (!(value instanceof NumberToken)) throw mismatch(type, value);
    const number = exactDouble(value.text);
    if (number === undefined) throw lossy(type, value);
    if (type === 'float') {
      const rounded = Math.fround(number);
      const rounds = Number.isInteger(number) && rounded !== number;
      if (!Number.isFinite(rounded) || rounds || (rounded === 0 && number !== 0)) throw lossy(type, value);
      return rounded;
    }
    return number;
  };
}

function decimalCoercion(type: string): Coercion {
  const { precision, scale } = decimalOf(type) as { precision: number; scale: number };
  const limit = 10n ** BigInt(precision);
  return (value) => {
    const text = numberText(value);
    if (text === undefined) throw mismatch(type, value);
    const unscaled = scaledInteger(text, scale);
    if (unscaled === undefined || unscaled <= -limit || unscaled >= limit) throw lossy(type, value);
    return unscaled;
  };
}

const timeExpected = {
  date: 'date (YYYY-MM-DD)',
  timestamp: 'timestamp (ISO 8601 with Z or an offset, to the microsecond)',
  timestamp_ntz: 'timestamp_ntz (ISO 8601 without an offset, to the microsecond)',
} as const;

function timeCoercion(type: keyof typeof timeExpected): Coercion {
  return (value) => {
    if (typeof value !== 'string') throw mismatch(timeExpected[type], value);
    const time = parseIsoTime(value);
    if (type === 'date' && time.kind === 'date') return time.days;
    if (type === 'timestamp' && time.kind === 'instant') return time.micros;
    if (type === 'timestamp_ntz' && time.kind === 'local') return time.micros;
    const message = `expected ${timeExpected[type]}, got string ${shown(value)}: ${timeFound(time)}`;
    throw new Misfit('InvalidTimestamp', message);
  };
}

/** A timestamp that also takes numbers: exactly, or not at all. */
function instantCoercion(unit: EpochUnit): Coercion {
  const ofText = timeCoercion('timestamp');
  const expected = `timestamp (a number of ${unit} since 1970, or ISO 8601 with Z or an offset, to the microsecond)`;
  return (value) => {
    if (typeof value === 'string') return ofText(value);
    if (!(value instanceof NumberToken)) throw mismatch(expected, value);
    const micros = scaledInteger(value.text, microsecondDigits[unit]);
    if (micros === undefined) throw lossy(expected, value);
    if (isInCalendar(micros)) return micros;
    throw new Misfit(
      'InvalidTimestamp',
      `expected ${expected}, got number ${shown(value)}: not in the years 0001 to 9999`,
    );
  };
}

function timeFound(time: IsoTime): string {
  switch (time.kind) {
    case 'invalid':
      return time.reason;
    case 'date':
      return 'a date';
    case 'local':
      return 'without an offset';
    case 'instant':
      return 'with an offset';
  }
}

function listCoercion(type: ArrayType): Coercion {
  const item = coercionTo(type.elementType);
  return (value) => {
    if (!(value instanceof DecodedList)) throw mismatch('array', value);
    return value.items.map((element, index) => {
      try {
        if (element !== null) return item(element);
        if (type.containsNull) return null;
        throw new Misfit('MissingValue', `expected ${nameOf(type.elementType)}, got null in an array without nulls`);
      } catch (error) {
        if (error instanceof Misfit) error.path = `[${index}]${error.path}`;
        throw error;
      }
    });
  };
}
