import type { DataType, StructField, StructType } from './schema.ts';

/**
 * The same columns by the names that `other` has for them, at any depth: names match regardless of case. What `other` does not
 * have keeps its own. Answers `schema` itself where nothing is called otherwise.
 */
export function withNamesOf(schema: StructType, other: StructType): StructType {
  const byKey = new Map(other.fields.map((field) => [field.name.toLowerCase(), field]));
  let isChanged = false;
  const fields = schema.fields.map((field): StructField => {
    const known = byKey.get(field.name.toLowerCase());
    if (known === undefined) return field;
    const type = typeNamedAs(field.type, known.type);
    if (known.name === field.name && type === field.type) return field;
    isChanged = true;
    return { ...field, name: known.name, type };
  });
  return isChanged ? { ...schema, fields } : schema;
}

function typeNamedAs(type: DataType, other: DataType): DataType {
  if (typeof type === 'string' || typeof other === 'string') return type;
  if (type.type === 'struct' && other.type === 'struct') return withNamesOf(type, other);
  if (type.type === 'array' && other.type === 'array') {
    const elementType = typeNamedAs(type.elementType, other.elementType);
    return elementType === type.elementType ? type : { ...type, elementType };
  }
  if (type.type === 'map' && other.type === 'map') {
    const keyType = typeNamedAs(type.keyType, other.keyType);
    const valueType = typeNamedAs(type.valueType, other.valueType);
    return keyType === type.keyType && valueType === type.valueType ? type : { ...type, keyType, valueType };
  }
  return type;
}
