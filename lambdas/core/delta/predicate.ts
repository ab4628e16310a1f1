import type { AddFile, MetaData } from './actions.ts';
import { type BoundPredicate, matchesValue, type Predicate } from './comparison.ts';
import { PredicateError } from './errors.ts';
import { fileFilter, partitionFilter } from './match-file.ts';
import { literalValue } from './predicate-literal.ts';
import type { DataType, StructField, StructType } from './schema.ts';
import type { Value } from './value.ts';

export type { BoundPredicate, Comparison, Predicate } from './comparison.ts';
export { parsePredicate } from './predicate-text.ts';

/**
 * Finds a predicate's columns in a schema and its literals' values. Names are matched exactly, or else without regard to case.
 *
 * @throws {PredicateError} for columns that the schema does not have or whose values have no order, and for literals that are
 * none of their column's type.
 */
export function bindPredicate(predicate: Predicate, schema: StructType): BoundPredicate {
  return predicate.map(({ column, operator, values }) => {
    const fields = fieldsAt(column, schema);
    if (fields === undefined) {
      const names = schema.fields.map(({ name }) => name).join(', ');
      throw new PredicateError(`${column}: expected a column among ${names}`);
    }
    const path = fields.map(({ name }) => name).join('.');
    const type = (fields.at(-1) as StructField).type;
    if (typeof type !== 'string')
      throw new PredicateError(`${path}: expected a primitive column, got one of ${type.type}s`);
    return { column: path, fields, type, operator, values: values.map((text) => literalValue(text, type, path)) };
  });
}

/** Fields along a path such as `a.b`; names may hold dots themselves, and match exactly, or else without regard to case. */
export function fieldsAt(path: string, type: DataType): StructField[] | undefined {
  if (typeof type === 'string' || type.type !== 'struct') return undefined;
  const sameExactly = (name: string, wanted: string) => name === wanted;
  const sameButCase = (name: string, wanted: string) => name.toLowerCase() === wanted.toLowerCase();
  for (const same of [sameExactly, sameButCase]) {
    for (const field of type.fields) {
      if (same(field.name, path)) return [field];
      const { length } = field.name;
      if (path[length] !== '.' || !same(field.name, path.slice(0, length))) continue;
      const rest = fieldsAt(path.slice(length + 1), field.type);
      if (rest !== undefined) return [field, ...rest];
    }
  }
  return undefined;
}

/** Whether a row matches, whose values are asked for by the paths of bound columns. Null never matches. */
export const matchesRow = (bound: BoundPredicate, valueAt: (column: string) => Value): boolean =>
  bound.every((comparison) => matchesValue(comparison, valueAt(comparison.column)));

/** Whether rows of a file may match, by its partition values and statistics; false only when none does. */
export const mayMatchFile = (bound: BoundPredicate, add: AddFile, metaData: MetaData): boolean =>
  fileFilter(bound, metaData)(add);

/** Whether all rows of a file match a predicate of partition columns alone; else none does. */
export const matchesPartition = (
  bound: BoundPredicate,
  add: Pick<AddFile, 'partitionValues'>,
  metaData: MetaData,
): boolean => partitionFilter(bound, metaData)(add);
