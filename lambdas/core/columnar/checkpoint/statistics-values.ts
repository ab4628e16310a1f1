import { parseNumbersAsText } from '#delta/exact-json.ts';
import { type DataType, decimalOf, type StructField } from '#delta/schema.ts';
import { textToValue } from '#delta/value.ts';
import type { ColumnValue } from '../vector/column.ts';

/** Statistics as values of a struct of `fields`, from the JSON text that `add.stats` is; null where that is none. */
export type StatisticsReader = (stats: string | undefined) => readonly ColumnValue[] | null;

type Leaf = (value: unknown, exact: () => unknown) => ColumnValue;
type Member = { name: string; read: Leaf };

/** Reads statistics exactly. What is of no use as a value of its type is null, which readers take for unknown. */
export function statisticsReader(fields: readonly StructField[]): StatisticsReader {
  const read = structReader(fields);
  return (stats) => {
    if (stats === undefined) return null;
    try {
      const parsed = JSON.parse(stats) as unknown;
      let exact: unknown;
      return read(parsed, () => (exact ??= parseNumbersAsText(stats))) as readonly ColumnValue[] | null;
    } catch {
      return null;
    }
  };
}

function structReader(fields: readonly StructField[]): Leaf {
  const members = fields.map(({ name, type }): Member => {
    const isStruct = typeof type !== 'string' && type.type === 'struct';
    return { name, read: isStruct ? structReader(type.fields) : leafReader(type) };
  });
  return (value, exact) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    const group = value as Record<string, unknown>;
    return members.map(({ name, read }) => {
      const member = Object.hasOwn(group, name) ? group[name] : undefined;
      if (member === undefined || member === null) return null;
      return read(member, () => (exact() as Record<string, unknown>)[name]);
    });
  };
}

const wholeRange: Readonly<Record<string, number>> = { byte: 2 ** 7, short: 2 ** 15, integer: 2 ** 31 };

function leafReader(type: DataType): Leaf {
  if (typeof type !== 'string') return () => null;
  const decimal = decimalOf(type);
  if (decimal !== undefined) return (value, exact) => decimalValue(textOf(value, exact), decimal);
  switch (type) {
    case 'byte':
    case 'short':
    case 'integer': {
      const limit = wholeRange[type] as number;
      return (value) =>
        Number.isInteger(value) && (value as number) >= -limit && (value as number) < limit ? (value as number) : null;
    }
    case 'long':
      return (value, exact) =>
        Number.isSafeInteger(value) ? BigInt(value as number) : longValue(textOf(value, exact));
    case 'float':
      return (value) => floatValue(value, Math.fround);
    case 'double':
      return (value) => floatValue(value, (number) => number);
    case 'date':
      return (value) => (typeof value === 'string' ? dateValue(value) : null);
    case 'timestamp':
    case 'timestamp_ntz':
      return (value) => (typeof value === 'string' ? timestampValue(value, type) : null);
    case 'string':
      return (value) => (typeof value === 'string' && value.isWellFormed() ? value : null);
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? value : null);
    default:
      return () => null;
  }
}

/** A number's own digits. */
const textOf = (value: unknown, exact: () => unknown): string | undefined => {
  const text = typeof value === 'number' ? exact() : value;
  return typeof text === 'string' ? text : undefined;
};

const wholePattern = /^-?\d{1,19}$/;

function longValue(text: string | undefined): bigint | null {
  if (text === undefined || !wholePattern.test(text)) return null;
  const whole = BigInt(text);
  return BigInt.asIntN(64, whole) === whole ? whole : null;
}

/** The unscaled value of a decimal's text; null where it is none of its type. */
export function decimalValue(
  text: string | undefined,
  { precision, scale }: { precision: number; scale: number },
): bigint | null {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text ?? '') ?? [];
  const kept = fraction.replace(/0+$/, '');
  if (whole === '' || kept.length > scale) return null;
  const digits = `${whole}${kept.padEnd(scale, '0')}`.replace(/^0+(?=\d)/, '');
  return digits.length > precision ? null : BigInt(`${sign}${digits}`);
}

const notFinite: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

function floatValue(value: unknown, rounded: (value: number) => number): number | null {
  if (typeof value === 'number') return rounded(value);
  return typeof value === 'string' ? (notFinite[value] ?? null) : null;
}

const datePattern = /^\d{4}-\d{2}-\d{2}$/;

function dateValue(text: string): number | null {
  const days = datePattern.test(text) ? Date.parse(text) / 86_400_000 : Number.NaN;
  return Number.isInteger(days) ? days : null;
}

function timestampValue(text: string, type: 'timestamp' | 'timestamp_ntz'): bigint | null {
  try {
    return textToValue(text, type) as bigint;
  } catch {
    return null;
  }
}
