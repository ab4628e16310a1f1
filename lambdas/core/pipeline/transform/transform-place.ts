import { filledIn } from '#columnar/scan/scan-captures.ts';
import { columnKeyOf, columnNameOf } from '#contract/column-name.ts';
import type { StructField, StructType } from '#delta/schema.ts';

export const keyOf = (name: string): string => columnKeyOf(columnNameOf(name));

/** A column of the table, or a field of its struct columns. */
export interface Place {
  field: StructField;
  /** Places on the way to it. */
  indexes: readonly number[];
}

export function placeOf(schema: StructType, [name = '', ...inner]: readonly string[]): Place | undefined {
  const index = schema.fields.findIndex((field) => columnKeyOf(field.name) === keyOf(name));
  const field = schema.fields[index];
  if (field === undefined) return undefined;
  if (inner.length === 0) return { field, indexes: [index] };
  const { type } = field;
  const found = typeof type === 'string' || type.type !== 'struct' ? undefined : placeOf(type, inner);
  return found && { ...found, indexes: [index, ...found.indexes] };
}

/** Whether structs that a record may lack have all that they need where a transform makes them to put a field into. */
export function makesWholeStructs(
  { fields }: StructType,
  path: readonly string[],
  filled: ReadonlySet<string>,
): boolean {
  if (path.length === 1) return true;
  const key = keyOf(path[0] as string);
  const type = fields.find(({ name }) => columnKeyOf(name) === key)?.type;
  if (type === undefined || typeof type === 'string' || type.type !== 'struct') return true;
  const within = filledIn(filled, key);
  const isFilled = (field: string): boolean => within.has(field) || filledIn(within, field).size > 0;
  return (
    type.fields.every(({ name, nullable }) => nullable || isFilled(columnKeyOf(name))) &&
    makesWholeStructs(type, path.slice(1), within)
  );
}
