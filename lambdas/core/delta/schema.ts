import { CorruptLog } from './errors.ts';

/** One of Delta's primitive names, such as `long`, `string`, `timestamp` or `decimal(10,2)`. */
export type PrimitiveType = string;

export interface StructField {
  name: string;
  type: DataType;
  nullable: boolean;
  /** Kept verbatim, unknown keys included. */
  metadata: Record<string, unknown>;
}

export interface StructType {
  type: 'struct';
  fields: StructField[];
}

export interface ArrayType {
  type: 'array';
  elementType: DataType;
  containsNull: boolean;
}

export interface MapType {
  type: 'map';
  keyType: DataType;
  valueType: DataType;
  valueContainsNull: boolean;
}

/** A type in the form that `schemaString` has it (PROTOCOL.md, "Schema Serialization Format"). */
export type DataType = PrimitiveType | StructType | ArrayType | MapType;

const decimalPattern = /^decimal\(\s*(\d+)\s*,\s*(-?\d+)\s*\)$/;

/** Precision and scale of a decimal's name; `undefined` for any other type. */
export function decimalOf(type: DataType): { precision: number; scale: number } | undefined {
  const [, precision, scale] = typeof type === 'string' ? (decimalPattern.exec(type) ?? []) : [];
  return precision === undefined ? undefined : { precision: Number(precision), scale: Number(scale) };
}

type Json = Record<string, unknown>;

/**
 * The struct type that a `schemaString` holds.
 *
 * @throws {CorruptLog} when the text is no JSON or no struct type.
 */
export function parseSchema(schemaString: string): StructType {
  let json: unknown;
  try {
    json = JSON.parse(schemaString);
  } catch (cause) {
    throw new CorruptLog('schemaString: expected JSON', { cause });
  }
  const type = toType(json, 'schemaString');
  if (typeof type === 'string' || type.type !== 'struct') {
    throw new CorruptLog(`schemaString: expected a struct type, got ${schemaString.slice(0, 80)}`);
  }
  return type;
}

function toType(json: unknown, path: string): DataType {
  if (typeof json === 'string') return json;
  const { type, ...rest } = (json ?? {}) as Json;
  switch (type) {
    case 'struct':
      return { type, fields: toFields(rest.fields, path) };
    case 'array':
      return {
        type,
        elementType: toType(rest.elementType, `${path}.element`),
        containsNull: rest.containsNull !== false,
      };
    case 'map':
      return {
        type,
        keyType: toType(rest.keyType, `${path}.key`),
        valueType: toType(rest.valueType, `${path}.value`),
        valueContainsNull: rest.valueContainsNull !== false,
      };
    default:
      throw new CorruptLog(`${path}: expected a type, got ${JSON.stringify(json)}`);
  }
}

function toFields(json: unknown, path: string): StructField[] {
  if (!Array.isArray(json)) throw new CorruptLog(`${path}: expected a list of fields, got ${JSON.stringify(json)}`);
  return json.map((field: Json) => {
    if (typeof field?.name !== 'string') throw new CorruptLog(`${path}: expected fields with a name`);
    return {
      name: field.name,
      type: toType(field.type, `${path}.${field.name}`),
      nullable: field.nullable !== false,
      metadata: (field.metadata ?? {}) as Json,
    };
  });
}

/** JSON text as Spark writes it: name, type, nullable, metadata. */
export const serializeSchema = (schema: StructType): string => JSON.stringify(schema);

/** Every field of a type, nested ones included, with its path (`a.b`, `list.element.c`), outer ones first. */
export function* fieldsOf(type: DataType, path: readonly string[] = []): Generator<[string[], StructField]> {
  if (typeof type === 'string') return;
  switch (type.type) {
    case 'struct':
      for (const field of type.fields) {
        const fieldPath = [...path, field.name];
        yield [fieldPath, field];
        yield* fieldsOf(field.type, fieldPath);
      }
      return;
    case 'array':
      yield* fieldsOf(type.elementType, [...path, 'element']);
      return;
    case 'map':
      yield* fieldsOf(type.keyType, [...path, 'key']);
      yield* fieldsOf(type.valueType, [...path, 'value']);
      return;
  }
}

/** Whether a primitive of this name stands anywhere in the type. */
export function containsPrimitive(type: DataType, name: string): boolean {
  if (typeof type === 'string') return type === name;
  switch (type.type) {
    case 'struct':
      return type.fields.some((field) => containsPrimitive(field.type, name));
    case 'array':
      return containsPrimitive(type.elementType, name);
    case 'map':
      return containsPrimitive(type.keyType, name) || containsPrimitive(type.valueType, name);
  }
}
