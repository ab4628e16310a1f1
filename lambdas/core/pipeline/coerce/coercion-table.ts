import type { EpochUnit } from '#contract/epoch-unit.ts';
import type { DataType } from '#delta/schema.ts';
import { type ValueKind, valueKinds } from '#formats/decoded-value.ts';
import { rulesTo } from './coerce-value.ts';
import type { Rule } from './rule.ts';

/** A column that stands for all of its kind. */
export interface ColumnKind {
  name: string;
  type: DataType;
  epochUnit?: EpochUnit;
}

/** What a column does with values of a kind. */
export interface Cell {
  column: ColumnKind;
  value: ValueKind;
  answer: Rule['answer'] | 'deadLetter';
  /** What becomes of them, and of which; empty for dead letters. */
  note: string;
}

const kind = (name: string, type: DataType = name): ColumnKind => ({ name, type });

export const columnKinds: readonly ColumnKind[] = [
  ...['string', 'boolean', 'byte', 'short', 'integer', 'long', 'float', 'double'].map((name) => kind(name)),
  kind('decimal(p,s)', 'decimal(10,2)'),
  ...['binary', 'date', 'timestamp'].map((name) => kind(name)),
  { name: 'timestamp with `epochUnit`', type: 'timestamp', epochUnit: 'milliseconds' },
  kind('timestamp_ntz'),
  kind('array', { type: 'array', elementType: 'long', containsNull: true }),
  kind('map', { type: 'map', keyType: 'string', valueType: 'long', valueContainsNull: true }),
  kind('struct', { type: 'struct', fields: [{ name: 'a', type: 'long', nullable: true, metadata: {} }] }),
];

/** Every cell, column by column: as the rules are that coercion runs by. */
export const coercionTable = (): Cell[] =>
  columnKinds.flatMap((column) => {
    const rules = rulesTo(column.type, column.epochUnit);
    return valueKinds.map((value): Cell => {
      const rule = rules[value];
      return { column, value, answer: rule?.answer ?? 'deadLetter', note: rule?.note ?? '' };
    });
  });
