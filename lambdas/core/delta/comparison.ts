import type { MetaData } from './actions.ts';
import type { StructField } from './schema.ts';
import { compareValues, type Value } from './value.ts';

export type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'in';

export interface Comparison {
  /** A nested column is `a.b`. */
  column: string;
  operator: Operator;
  /** Literals as they were written; one, but for `in`. */
  values: readonly string[];
}

/** All must hold; an empty one always does. */
export type Predicate = readonly Comparison[];

/** A comparison whose column was found in a schema. */
export interface BoundComparison {
  /** The column's path as the schema spells it: `a.b`. */
  column: string;
  /** The fields from the top-level column down to the one that is compared. */
  fields: readonly StructField[];
  type: string;
  operator: Operator;
  values: readonly Value[];
}

export type BoundPredicate = readonly BoundComparison[];

/** Whether one value satisfies a comparison. */
export function matchesValue({ operator, values, type }: BoundComparison, value: Value): boolean {
  if (value === null || value === undefined) return false;
  if (operator === 'in') return values.some((candidate) => compareValues(value, candidate, type) === 0);
  const order = compareValues(value, values[0] as Value, type);
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

/** Whether a comparison is of a partition column, so that it holds for all rows of a file or for none. */
export const isOfPartition = (
  { fields }: BoundComparison,
  { partitionColumns }: Pick<MetaData, 'partitionColumns'>,
): boolean => fields.length === 1 && partitionColumns.includes((fields[0] as StructField).name);
