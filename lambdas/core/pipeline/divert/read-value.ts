import type { ColumnValue } from '#columnar/vector/column.ts';
import { type DataType, decimalOf } from '#delta/schema.ts';
import type { Value } from '#delta/value.ts';
import { doubleDigits } from '#formats/decoded-value.ts';
import { printMicros } from '../coerce/partition-value.ts';

const msPerDay = 86_400_000;

/** A value that was read from a data file, as columns take it. */
export function columnValueOf(value: Value, type: DataType): ColumnValue {
  if (value === null) return null;
  if (typeof type === 'string') {
    if (decimalOf(type) !== undefined) return BigInt((value as string).replace('.', ''));
    if (type === 'date') return Date.parse(`${value}T00:00:00Z`) / msPerDay;
    return value as ColumnValue;
  }
  switch (type.type) {
    case 'struct': {
      const group = value as Record<string, Value>;
      return type.fields.map((field) => columnValueOf(group[field.name] ?? null, field.type));
    }
    case 'array':
      return (value as Value[]).map((element) => columnValueOf(element, type.elementType));
    case 'map':
      return [...(value as Map<Value, Value>)].map(([key, of]) => [
        columnValueOf(key, type.keyType),
        columnValueOf(of, type.valueType),
      ]);
  }
}

/**
 * A value that was read from a data file, as JSON text: long and decimal with all their digits, times in ISO 8601, binary in
 * base64, NaN and infinities in quotes. Fields without a value are left out.
 */
export function jsonOf(value: Value, type: DataType): string {
  if (value === null) return 'null';
  if (typeof type === 'string') return jsonOfPrimitive(value, type);
  switch (type.type) {
    case 'struct': {
      const group = value as Record<string, Value>;
      return objectText(
        type.fields
          .map((field) => [field.name, jsonOf(group[field.name] ?? null, field.type)] as const)
          .filter(([, json]) => json !== 'null'),
      );
    }
    case 'array':
      return `[${(value as Value[]).map((element) => jsonOf(element, type.elementType)).join()}]`;
    case 'map':
      return objectText(
        [...(value as Map<Value, Value>)].map(([key, of]) => [
          nameOf(jsonOf(key, type.keyType)),
          jsonOf(of, type.valueType),
        ]),
      );
  }
}

const objectText = (members: readonly (readonly [name: string, json: string])[]): string =>
  `{${members.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join()}}`;

/** A key of a map as the name of a member: its JSON text, without the quotes. */
const nameOf = (json: string): string => (json.startsWith('"') ? (JSON.parse(json) as string) : json);

function jsonOfPrimitive(value: Value, type: string): string {
  if (decimalOf(type) !== undefined) return value as string;
  switch (type) {
    case 'timestamp':
      return `"${printMicros(value as bigint, 'T', 'Z')}"`;
    case 'timestamp_ntz':
      return `"${printMicros(value as bigint, 'T', '')}"`;
    case 'binary':
      return `"${base64Of(value as Uint8Array)}"`;
  }
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? doubleDigits(value) : `"${value}"`;
  return JSON.stringify(value);
}

const base64Of = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
