import { type DataType, decimalOf, type StructField, type StructType } from './schema.ts';

/** What became of the columns that a writer wants beside those a table has. */
export type SchemaGrowth =
  | { kind: 'same' }
  /** `added`: paths of new fields, such as `address.zip`; only the outermost field of a new struct. */
  | { kind: 'grown'; schema: StructType; added: string[] }
  | { kind: 'conflict'; path: string; existing: DataType; wanted: DataType };

type Conflict = Extract<SchemaGrowth, { kind: 'conflict' }>;

interface Found {
  added: string[];
  conflicts: Conflict[];
}

/**
 * Merges wanted columns into a table's: names match regardless of case, the table's casing, nullability and metadata stay,
 * new fields come last in their struct, nullable. A type never changes: another one is a conflict.
 */
export function addColumns(existing: StructType, wanted: StructType): SchemaGrowth {
  const found: Found = { added: [], conflicts: [] };
  const schema = mergeStruct(existing, wanted, '', found);
  const [conflict] = found.conflicts;
  if (conflict !== undefined) return conflict;
  return found.added.length === 0 ? { kind: 'same' } : { kind: 'grown', schema, added: found.added };
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

function mergeStruct(existing: StructType, wanted: StructType, path: string, found: Found): StructType {
  const fields = [...existing.fields];
  const places = new Map(fields.map((field, index) => [field.name.toLowerCase(), index]));
  for (const field of wanted.fields) {
    const fieldPath = join(path, field.name);
    const place = places.get(field.name.toLowerCase());
    if (place === undefined) {
      places.set(field.name.toLowerCase(), fields.length);
      fields.push(asAdded(field));
      found.added.push(fieldPath);
    } else {
      const present = fields[place]!;
      fields[place] = { ...present, type: mergeType(present.type, field.type, join(path, present.name), found) };
    }
  }
  return { type: 'struct', fields };
}

function mergeType(existing: DataType, wanted: DataType, path: string, found: Found): DataType {
  if (typeof existing === 'string' || typeof wanted === 'string') {
    if (!samePrimitive(existing, wanted)) found.conflicts.push({ kind: 'conflict', path, existing, wanted });
    return existing;
  }
  if (existing.type === 'struct' && wanted.type === 'struct') return mergeStruct(existing, wanted, path, found);
  if (existing.type === 'array' && wanted.type === 'array') {
    const elementType = mergeType(existing.elementType, wanted.elementType, `${path}.element`, found);
    return { ...existing, elementType };
  }
  if (existing.type === 'map' && wanted.type === 'map') {
    const keyType = mergeType(existing.keyType, wanted.keyType, `${path}.key`, found);
    const valueType = mergeType(existing.valueType, wanted.valueType, `${path}.value`, found);
    return { ...existing, keyType, valueType };
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
