import { type DataType, decimalOf, type StructField } from '#delta/schema.ts';
import { compareUtf8, type Value } from '#delta/value.ts';
import type { Row } from './data-file.ts';
import { microsecondText } from './exact-values.ts';

/** JSON text of a value. */
type ToText = (value: Value) => string;

/**
 * A row's canonical form: one JSON object, members in the order of `fields`, every column present, no spaces. Two tables hold
 * the same rows when these texts, sorted by their bytes, are the same.
 *
 * - integers with their exact digits, floats with the fewest that come back as the same value, `"NaN"`, `"Infinity"`, `-0`
 * - decimals as strings with all digits of their scale, dates as `"yyyy-MM-dd"`
 * - timestamps as `"yyyy-MM-ddTHH:mm:ss.ffffffZ"`, those without zone without `Z`
 * - binary as base64, structs as objects, maps as `[key,value]` pairs sorted by the bytes of the key's text
 */
export function canonicalRow(fields: readonly StructField[]): (row: Row) => string {
  const toText = structText(fields);
  return (row) => toText(row);
}

function textOf(type: DataType): ToText {
  const toText = typeof type === 'string' ? primitiveText(type) : groupText(type);
  return (value) => (value === null ? 'null' : toText(value));
}

function groupText(type: Exclude<DataType, string>): ToText {
  switch (type.type) {
    case 'struct':
      return structText(type.fields);
    case 'array': {
      const elementText = textOf(type.elementType);
      return (value) => `[${(value as Value[]).map(elementText).join(',')}]`;
    }
    case 'map': {
      const keyText = textOf(type.keyType);
      const valueText = textOf(type.valueType);
      return (value) => {
        const pairs = [...(value as Map<Value, Value>)].map(
          ([key, member]) => [keyText(key), valueText(member)] as const,
        );
        return `[${pairs
          .sort(([left], [right]) => compareUtf8(left, right))
          .map(([key, member]) => `[${key},${member}]`)
          .join(',')}]`;
      };
    }
  }
}

function structText(fields: readonly StructField[]): ToText {
  const members = fields.map(({ name, type }) => ({ name, label: `${JSON.stringify(name)}:`, toText: textOf(type) }));
  return (value) => {
    const group = value as Record<string, Value>;
    return `{${members.map(({ name, label, toText }) => label + toText(group[name] ?? null)).join(',')}}`;
  };
}

function primitiveText(type: string): ToText {
  if (decimalOf(type) !== undefined) return (value) => `"${value as string}"`;
  switch (type) {
    case 'float':
      return (value) => numberText(shortestFloat(value as number));
    case 'double':
      return (value) => numberText(value as number);
    case 'timestamp':
      return (value) => `"${microsecondText(value as bigint)}Z"`;
    case 'timestamp_ntz':
      return (value) => `"${microsecondText(value as bigint)}"`;
    case 'binary':
      return (value) => `"${base64(value as Uint8Array)}"`;
    case 'string':
      return (value) => JSON.stringify(value);
    case 'date':
      return (value) => `"${value as string}"`;
    default:
      return (value) => String(value);
  }
}

const base64 = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');

const numberText = (value: number): string =>
  Number.isFinite(value) ? (Object.is(value, -0) ? '-0' : String(value)) : `"${value}"`;

/** Enough digits for every float32. */
const greatestFloatDigits = 9;

/** The double whose shortest digits are those of a float32. */
function shortestFloat(value: number): number {
  if (!Number.isFinite(value) || value === 0) return value;
  for (let digits = 1; digits < greatestFloatDigits; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return Number(value.toPrecision(greatestFloatDigits));
}
