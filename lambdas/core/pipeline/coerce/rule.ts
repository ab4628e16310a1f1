import type { ColumnValue } from '#columnar/vector/column.ts';
import type { DataType } from '#delta/schema.ts';
import { type DecodedValue, jsonOf, kindOf, NumberToken, type ValueKind } from '#formats/decoded-value.ts';
import { Misfit } from './misfit.ts';

/** Turns one decoded value that is not null into a column's value. @throws {Misfit} naming both types where that loses anything. */
export type Coercion = (value: Exclude<DecodedValue, null>) => ColumnValue;

/** A cell of the table of coercions: what a column does with values of a kind. Where there is none, they are dead letters. */
export interface Rule {
  /** `value`: each of them fits. `exact`: those fit that the column holds without loss, the others are dead letters. */
  answer: 'value' | 'exact';
  /** For people: what becomes of a value, and of which. */
  note: string;
  coerce: Coercion;
}

/** What a table's settings say of values. */
export interface CoercionOptions {
  /** What is finer than a microsecond is left away. */
  truncatesNanoseconds?: boolean;
  /** Told of each field without a column, which is left away; absent: such records are refused. */
  ignoreField?: (columnName: string) => void;
}

/** What a column does with each kind of value. */
export type Rules = Readonly<Partial<Record<ValueKind, Rule>>>;

type Value = Exclude<DecodedValue, null>;

/** A rule whose values are of one class, which `kindOf` has made sure of. */
export const rule = <V extends Value>(
  answer: Rule['answer'],
  note: string,
  coerce: (value: V) => ColumnValue,
): Rule => ({
  answer,
  note,
  coerce: coerce as Coercion,
});

export const nameOf = (type: DataType): string => (typeof type === 'string' ? type : type.type);

export function shown(value: Value): string {
  const text = value instanceof NumberToken ? value.text : jsonOf(value);
  return text.length <= 60 ? text : `${text.slice(0, 60)}…`;
}

export const mismatch = (type: DataType, value: Value): Misfit =>
  new Misfit('TypeMismatch', `expected ${nameOf(type)}, got ${kindOf(value)} ${shown(value)}`);

export const lossy = (type: DataType, value: Value): Misfit =>
  new Misfit('LossyValue', `expected ${nameOf(type)}, which cannot hold ${kindOf(value)} ${shown(value)} exactly`);
