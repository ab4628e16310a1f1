import type { DataType, StructField, StructType } from '#delta/schema.ts';
import type { CompiledTransform } from './transform-columns.ts';
import { simpleTransform } from './transform-kind.ts';
import { keyOf } from './transform-place.ts';

type Path = readonly string[];

/**
 * The columns that payloads of one schema have once transforms have run: without what is dropped, with fields under the names that
 * they are passed on to. What else expressions make is left away: its type is told by its values.
 */
export function transformedColumns(
  columns: StructType,
  transforms: readonly CompiledTransform[],
  dropped: readonly Path[],
): StructType {
  let made = columns;
  for (const path of dropped) made = withType(made, path, undefined);
  for (const { node, path } of transforms) {
    const simple = simpleTransform(node);
    made = withType(made, path, simple?.kind === 'field' ? typeAt(columns, simple.path) : undefined);
  }
  return made;
}

/** Fields of expressions go by their names as they are. */
function typeAt(columns: DataType, [name, ...inner]: Path): DataType | undefined {
  if (name === undefined) return columns;
  if (typeof columns === 'string' || columns.type !== 'struct') return undefined;
  const field = columns.fields.find((candidate) => candidate.name === name);
  return field && typeAt(field.type, inner);
}

/** The columns with this type at a path, whatever the spelling of what is there; without a type, without what is there. */
function withType(columns: StructType, [name = '', ...inner]: Path, type: DataType | undefined): StructType {
  const place = columns.fields.findIndex((field) => keyOf(field.name) === keyOf(name));
  const found = columns.fields[place];
  let own = type;
  if (inner.length > 0) {
    const within = typeof found?.type === 'object' && found.type.type === 'struct' ? found.type : undefined;
    if (within === undefined && type === undefined) return columns;
    const struct = withType(within ?? { type: 'struct', fields: [] }, inner, type);
    own = struct.fields.length === 0 ? undefined : struct;
  }
  const field: StructField[] =
    own === undefined ? [] : [{ name: found?.name ?? name, type: own, nullable: true, metadata: {} }];
  const fields = place < 0 ? [...columns.fields, ...field] : columns.fields.toSpliced(place, 1, ...field);
  return { type: 'struct', fields };
}
