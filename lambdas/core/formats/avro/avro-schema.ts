/** A schema of Avro with its names resolved (https://avro.apache.org/docs/1.12.0/specification/, "Schema Declaration"). */
export type AvroType =
  | { kind: 'null' | 'boolean' | 'float' | 'double' }
  | { kind: 'int' | 'long' | 'bytes' | 'string'; logical: LogicalType | undefined }
  | { kind: 'fixed'; name: string; size: number; logical: LogicalType | undefined }
  | { kind: 'enum'; name: string; symbols: readonly string[] }
  | { kind: 'array'; items: AvroType }
  | { kind: 'map'; values: AvroType }
  | { kind: 'union'; members: readonly AvroType[] }
  | AvroRecord;

/** One object for each definition: a record that holds itself is met again in it. */
export interface AvroRecord {
  kind: 'record';
  /** With its namespace. */
  name: string;
  fields: AvroField[];
}

export interface AvroField {
  name: string;
  type: AvroType;
}

export type LogicalType =
  | { name: 'decimal'; precision: number; scale: number }
  | {
      name:
        | 'uuid'
        | 'date'
        | 'timestamp-millis'
        | 'timestamp-micros'
        | 'timestamp-nanos'
        | 'local-timestamp-millis'
        | 'local-timestamp-micros'
        | 'local-timestamp-nanos'
        | 'duration';
    };

/** A schema that no payload could be decoded with. */
export class AvroSchemaError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AvroSchemaError';
  }
}

/** Definitions inside one another, at most. */
const maxDepth = 256;

type Json = Record<string, unknown>;

/**
 * Parses a schema's JSON.
 *
 * @param references Texts of schemas whose names the text uses, each before those that use its own.
 * @throws {AvroSchemaError}
 */
export function parseAvroSchema(text: string, references: readonly string[] = []): AvroType {
  const names = new Map<string, AvroType>();
  for (const reference of references) typeOf(jsonOf(reference), { names, namespace: '', depth: 0 });
  return typeOf(jsonOf(text), { names, namespace: '', depth: 0 });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // A primitive's name is a schema as it stands, too.
    if (/^[a-z]+$/.test(text.trim())) return text.trim();
    throw new AvroSchemaError(`expected an Avro schema in JSON: ${(cause as Error).message}`, { cause });
  }
}

interface Scope {
  names: Map<string, AvroType>;
  namespace: string;
  depth: number;
}

function typeOf(json: unknown, scope: Scope): AvroType {
  if (scope.depth > maxDepth) throw new AvroSchemaError(`expected at most ${maxDepth} levels of types, got more`);
  const inner = { ...scope, depth: scope.depth + 1 };
  if (typeof json === 'string') return primitive(json, {}) ?? named(json, scope);
  if (Array.isArray(json)) return unionOf(json.map((member) => typeOf(member, inner)));
  if (typeof json !== 'object' || json === null) {
    throw new AvroSchemaError(`expected an Avro type, got ${JSON.stringify(json)}`);
  }
  const schema = json as Json;
  switch (schema.type) {
    case 'record':
    case 'error':
      return recordOf(schema, inner);
    case 'enum':
      return define(schema, scope, (name) => ({ kind: 'enum', name, symbols: textsOf(schema.symbols, name) }));
    case 'fixed':
      return define(schema, scope, (name) => fixedOf(schema, name));
    case 'array':
      return { kind: 'array', items: typeOf(schema.items, inner) };
    case 'map':
      return { kind: 'map', values: typeOf(schema.values, inner) };
  }
  if (typeof schema.type === 'string') return primitive(schema.type, schema) ?? named(schema.type, scope);
  return typeOf(schema.type, inner);
}

/** A member is told from the others by its name, or by its kind where it has none. */
function unionOf(members: readonly AvroType[]): AvroType {
  const labels = members.map((member) => ('name' in member ? member.name : member.kind));
  if (members.length === 0 || labels.includes('union') || new Set(labels).size < labels.length) {
    throw new AvroSchemaError(`expected types in a union, each once, got ${labels.join(', ') || 'none'}`);
  }
  return { kind: 'union', members };
}

function primitive(name: string, schema: Json): AvroType | undefined {
  switch (name) {
    case 'null':
    case 'boolean':
    case 'float':
    case 'double':
      return { kind: name };
    case 'int':
    case 'long':
    case 'bytes':
    case 'string':
      return { kind: name, logical: logicalOf(schema, name, undefined) };
    default:
      return undefined;
  }
}

function fixedOf(schema: Json, name: string): AvroType {
  const { size } = schema;
  if (!Number.isInteger(size) || (size as number) < 0) {
    throw new AvroSchemaError(`${name}: expected the size of a fixed type, got ${JSON.stringify(size)}`);
  }
  return { kind: 'fixed', name, size: size as number, logical: logicalOf(schema, 'fixed', size as number) };
}

function recordOf(schema: Json, scope: Scope): AvroType {
  const record = define(schema, scope, (name) => ({ kind: 'record', name, fields: [] })) as AvroRecord;
  if (!Array.isArray(schema.fields)) {
    throw new AvroSchemaError(`${record.name}: expected a list of fields, got ${JSON.stringify(schema.fields)}`);
  }
  const namespace = namespaceOf(record.name);
  const seen = new Set<string>();
  for (const field of schema.fields as (Json | null)[]) {
    const name = field?.name;
    if (typeof name !== 'string' || name === '' || seen.has(name)) {
      throw new AvroSchemaError(`${record.name}: expected each field's name once, got ${JSON.stringify(name)}`);
    }
    seen.add(name);
    record.fields.push({ name, type: typeOf((field as Json).type, { ...scope, namespace }) });
  }
  return record;
}

const namespaceOf = (fullName: string): string => fullName.slice(0, Math.max(0, fullName.lastIndexOf('.')));

function define(schema: Json, { names, namespace }: Scope, make: (fullName: string) => AvroType): AvroType {
  const { name } = schema;
  if (typeof name !== 'string' || name === '') {
    throw new AvroSchemaError(`expected the name of a type ${schema.type}, got ${JSON.stringify(name)}`);
  }
  const space = typeof schema.namespace === 'string' ? schema.namespace : namespace;
  const fullName = name.includes('.') || space === '' ? name : `${space}.${name}`;
  const made = make(fullName);
  names.set(fullName, made);
  return made;
}

function named(name: string, { names, namespace }: Scope): AvroType {
  const isQualified = name.includes('.') || namespace === '';
  const found = (isQualified ? undefined : names.get(`${namespace}.${name}`)) ?? names.get(name);
  if (found === undefined) throw new AvroSchemaError(`expected a type that the schema defines, got ${name}`);
  return found;
}

function textsOf(symbols: unknown, name: string): readonly string[] {
  if (Array.isArray(symbols) && symbols.every((symbol) => typeof symbol === 'string')) return symbols;
  throw new AvroSchemaError(`${name}: expected a list of symbols, got ${JSON.stringify(symbols)}`);
}

const byKind: Record<string, readonly string[]> = {
  int: ['date'],
  long: [
    'timestamp-millis',
    'timestamp-micros',
    'timestamp-nanos',
    'local-timestamp-millis',
    'local-timestamp-micros',
    'local-timestamp-nanos',
  ],
  bytes: ['decimal'],
  string: ['uuid'],
  fixed: ['decimal', 'uuid', 'duration'],
};

/** Digits of a decimal; one of more is the bytes that it is made of. */
const maxPrecision = 10_000;

/** The logical type that a schema is annotated with; nothing where it is unknown or wrongly used, as the specification has it. */
function logicalOf(schema: Json, kind: string, size: number | undefined): LogicalType | undefined {
  const name = schema.logicalType;
  if (typeof name !== 'string' || byKind[kind]?.includes(name) !== true) return undefined;
  if (name === 'decimal') {
    const { precision, scale = 0 } = schema;
    const isValid =
      Number.isInteger(precision) &&
      Number.isInteger(scale) &&
      (precision as number) > 0 &&
      (precision as number) <= maxPrecision &&
      (scale as number) >= 0 &&
      (scale as number) <= (precision as number);
    return isValid ? { name, precision: precision as number, scale: scale as number } : undefined;
  }
  if ((name === 'uuid' && size !== undefined && size !== 16) || (name === 'duration' && size !== 12)) return undefined;
  return { name } as LogicalType;
}
