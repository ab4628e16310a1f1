import { type DataType, decimalOf, type StructField, type StructType } from './schema.ts';
import { isAutomaticChange, type TypeChange, typeChangesKey, widens } from './type-changes.ts';

/** A column whose type became a wider one. */
export interface WidenedColumn {
  path: string;
  from: DataType;
  to: DataType;
}

/** What became of the columns that a writer wants beside those a table has. */
export type SchemaGrowth =
  | { kind: 'same' }
  /** `added`: paths of new fields, such as `address.zip`; only the outermost field of a new struct. */
  | { kind: 'grown'; schema: StructType; added: string[]; widened: WidenedColumn[] }
  | { kind: 'conflict'; path: string; existing: DataType; wanted: DataType };

type Conflict = Extract<SchemaGrowth, { kind: 'conflict' }>;

/**
 * Whether a table's columns may become wider ones, as Delta's feature typeWidening has it: `automatic`: where nobody has to say so,
 * an integer to a wider one, a float to double, a date to timestamp_ntz, a decimal to a wider one; `any` that the protocol
 * knows; `read`: none any more. But with `never`, a wanted type that the existing one is a widening of is no conflict: values of
 * it are read as the wider.
 */
export type Widening = 'never' | 'read' | 'automatic' | 'any';

interface Found {
  added: string[];
  widened: WidenedColumn[];
  conflicts: Conflict[];
  widening: Widening;
}

/**
 * Merges wanted columns into a table's: names match regardless of case, the table's casing, nullability and metadata stay,
 * new fields come last in their struct, nullable. A type becomes a wider one where `widening` allows that; any other type is a
 * conflict.
 */
export function addColumns(existing: StructType, wanted: StructType, widening: Widening = 'never'): SchemaGrowth {
  const found: Found = { added: [], widened: [], conflicts: [], widening };
  const schema = mergeStruct(existing, wanted, '', found);
  const { added, widened } = found;
  const [conflict] = found.conflicts;
  if (conflict !== undefined) return conflict;
  return added.length + widened.length === 0 ? { kind: 'same' } : { kind: 'grown', schema, added, widened };
}

/** As `addColumns`, but what conflicts stays as it is. */
export function addWhatFits(existing: StructType, wanted: StructType, widening: Widening): StructType {
  const found: Found = { added: [], widened: [], conflicts: [], widening };
  const schema = mergeStruct(existing, wanted, '', found);
  return found.added.length + found.widened.length === 0 ? existing : schema;
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

function mergeStruct(existing: StructType, wanted: StructType, path: string, found: Found): StructType {
  const fields = [...existing.fields];
  const places = new Map(fields.map((field, index) => [field.name.toLowerCase(), index]));
  for (const field of wanted.fields) {
    const place = places.get(field.name.toLowerCase());
    if (place === undefined) {
      places.set(field.name.toLowerCase(), fields.length);
      fields.push(asAdded(field));
      found.added.push(join(path, field.name));
    } else fields[place] = mergeField(fields[place]!, field, join(path, fields[place]!.name), found);
  }
  return { type: 'struct', fields };
}

function mergeField(present: StructField, wanted: StructField, path: string, found: Found): StructField {
  const changes: TypeChange[] = [];
  const type = mergeType(present.type, wanted.type, { path, within: [], changes }, found);
  if (changes.length === 0) return { ...present, type };
  const earlier = (present.metadata[typeChangesKey] ?? []) as TypeChange[];
  return { ...present, type, metadata: { ...present.metadata, [typeChangesKey]: [...earlier, ...changes] } };
}

interface Place {
  path: string;
  /** The steps from the field that holds the type, through lists and maps, to it. */
  within: readonly string[];
  /** Of that field. */
  changes: TypeChange[];
}

const inside = ({ path, within, changes }: Place, step: string): Place => ({
  path: `${path}.${step}`,
  within: [...within, step],
  changes,
});

function mergeType(existing: DataType, wanted: DataType, place: Place, found: Found): DataType {
  if (typeof existing === 'string' && typeof wanted === 'string') return mergePrimitive(existing, wanted, place, found);
  if (typeof existing !== 'string' && typeof wanted !== 'string') {
    if (existing.type === 'struct' && wanted.type === 'struct') {
      return mergeStruct(existing, wanted, place.path, found);
    }
    if (existing.type === 'array' && wanted.type === 'array') {
      const elementType = mergeType(existing.elementType, wanted.elementType, inside(place, 'element'), found);
      return { ...existing, elementType };
    }
    if (existing.type === 'map' && wanted.type === 'map') {
      const keyType = mergeType(existing.keyType, wanted.keyType, inside(place, 'key'), found);
      const valueType = mergeType(existing.valueType, wanted.valueType, inside(place, 'value'), found);
      return { ...existing, keyType, valueType };
    }
  }
  found.conflicts.push({ kind: 'conflict', path: place.path, existing, wanted });
  return existing;
}

function mergePrimitive(existing: string, wanted: string, { path, within, changes }: Place, found: Found): string {
  const { widening } = found;
  if (samePrimitive(existing, wanted)) return existing;
  if (widening !== 'never' && widens(wanted, existing)) return existing;
  if (widening === 'any' ? widens(existing, wanted) : widening === 'automatic' && isAutomaticChange(existing, wanted)) {
    const fieldPath = within.length === 0 ? {} : { fieldPath: within.join('.') };
    changes.push({ fromType: existing, toType: wanted, ...fieldPath });
    found.widened.push({ path, from: existing, to: wanted });
    return wanted;
  }
  found.conflicts.push({ kind: 'conflict', path, existing, wanted });
  return existing;
}

function samePrimitive(existing: DataType, wanted: DataType): boolean {
  const left = decimalOf(existing);
  const right = decimalOf(wanted);
  if (left !== undefined && right !== undefined) {
    return left.precision === right.precision && left.scale === right.scale;
  }
  return existing === wanted;
}

/** Rows written before have no value: what is added is nullable, all the way down. */
const asAdded = (field: StructField): StructField => ({ ...field, nullable: true, type: asAddedType(field.type) });

function asAddedType(type: DataType): DataType {
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'struct':
      return { ...type, fields: type.fields.map(asAdded) };
    case 'array':
      return { ...type, elementType: asAddedType(type.elementType) };
    case 'map':
      return { ...type, valueType: asAddedType(type.valueType) };
  }
}
