import protobuf from 'protobufjs';
import type { DataType, StructType } from '#delta/schema.ts';
import { DecodedList, DecodedMap, type DecodedValue } from '../decoded-value.ts';
import { bytesOf, type ScalarKind, scalarColumn, scalarDefault, scalarKindOf, wireTypeOf } from './scalar.ts';
import { UnusableSchema } from './unusable-schema.ts';
import { type WellKnown, wellKnownColumn, wellKnownOf } from './well-known.ts';

/** How one element of a field is read. */
export type Reading =
  | { kind: 'scalar'; scalar: ScalarKind }
  | { kind: 'enum'; names: ReadonlyMap<number, string> }
  | { kind: 'message'; plan: MessagePlan }
  | { kind: 'wellKnown'; wellKnown: WellKnown };

/** One field of a message, compiled. */
export interface FieldPlan {
  name: string;
  number: number;
  place: number;
  /** Of one element that is not packed. */
  wireType: number;
  reading: Reading;
  many: 'one' | 'list' | 'map';
  /** Whether elements may come together in one piece. */
  isPackable: boolean;
  /** Of a map: its entries' keys. */
  key: ScalarKind | undefined;
  /** Of a map: what a value is that an entry does not have. */
  absent: DecodedValue;
  /** Places of the other members of its oneof. */
  rivals: readonly number[];
}

/** One message type, compiled: fields have places in the order of their declaration. */
export interface MessagePlan {
  /** Full name. */
  name: string;
  names: readonly string[];
  /** What fields are that a message does not have. */
  defaults: readonly DecodedValue[];
  /** By number; a map beyond `maxDense`. */
  dense: readonly (FieldPlan | undefined)[];
  sparse: ReadonlyMap<number, FieldPlan>;
  required: readonly FieldPlan[];
  maps: readonly FieldPlan[];
}

export const maxDense = 1_024;
/** Fields that the columns of one message take, at most: messages beyond are JSON text. */
const maxColumns = 5_000;

const emptyList = new DecodedList([]);
const emptyMap = new DecodedMap([]);

/** Compiles message types, each once. @throws {UnusableSchema} */
export class MessagePlans {
  readonly #plans = new Map<protobuf.Type, MessagePlan>();

  planOf(type: protobuf.Type): MessagePlan {
    try {
      return this.#planOf(type);
    } catch (error) {
      // Plans that refer to what failed are half made.
      this.#plans.clear();
      throw error;
    }
  }

  #planOf(type: protobuf.Type): MessagePlan {
    const known = this.#plans.get(type);
    if (known !== undefined) return known;
    const names: string[] = [];
    const defaults: DecodedValue[] = [];
    const dense: (FieldPlan | undefined)[] = [];
    const sparse = new Map<number, FieldPlan>();
    const required: FieldPlan[] = [];
    const maps: FieldPlan[] = [];
    const plan: MessagePlan = { name: fullNameOf(type), names, defaults, dense, sparse, required, maps };
    this.#plans.set(type, plan);
    const fields = type.fieldsArray.map((field) => field.resolve());
    const places = new Map(fields.map((field, place) => [field, place]));
    for (const [place, field] of fields.entries()) {
      const reading = this.#readingOf(field);
      const members = field.partOf?.fieldsArray ?? [];
      const fieldPlan: FieldPlan = {
        name: nameOf(field),
        number: field.id,
        place,
        wireType: wireOf(field, reading),
        reading,
        many: field instanceof protobuf.MapField ? 'map' : field.repeated ? 'list' : 'one',
        isPackable: field.repeated && isPackable(reading),
        key: field instanceof protobuf.MapField ? scalarKindOf(field.keyType) : undefined,
        absent: field instanceof protobuf.MapField ? elementDefault(field, reading) : null,
        rivals: members.filter((member) => member !== field).map((member) => places.get(member) as number),
      };
      names.push(fieldPlan.name);
      defaults.push(defaultOf(field, reading));
      if (field.id < maxDense) dense[field.id] = fieldPlan;
      else sparse.set(field.id, fieldPlan);
      if (field.required) required.push(fieldPlan);
      if (fieldPlan.many === 'map') maps.push(fieldPlan);
    }
    return plan;
  }

  #readingOf(field: protobuf.Field): Reading {
    const { resolvedType } = field;
    if (resolvedType instanceof protobuf.Enum) return { kind: 'enum', names: namesOf(resolvedType) };
    if (resolvedType instanceof protobuf.Type) {
      const wellKnown = wellKnownOf(fullNameOf(resolvedType));
      return wellKnown === undefined
        ? { kind: 'message', plan: this.#planOf(resolvedType) }
        : { kind: 'wellKnown', wellKnown };
    }
    return { kind: 'scalar', scalar: scalarKindOf(field.type) };
  }
}

/** Delta types of a message's fields; a message within itself is JSON text, so is one without fields. */
export function columnsOf(type: protobuf.Type): StructType {
  let count = 0;
  const structOf = (message: protobuf.Type, within: readonly protobuf.Type[]): StructType => ({
    type: 'struct',
    fields: message.fieldsArray.map((field) => {
      count++;
      return {
        name: nameOf(field),
        type: columnOf(field.resolve(), [...within, message]),
        nullable: true,
        metadata: {},
      };
    }),
  });
  const elementOf = (field: protobuf.Field, within: readonly protobuf.Type[]): DataType => {
    const { resolvedType } = field;
    if (resolvedType instanceof protobuf.Enum) return 'string';
    if (!(resolvedType instanceof protobuf.Type)) return scalarColumn[scalarKindOf(field.type)];
    const wellKnown = wellKnownOf(fullNameOf(resolvedType));
    if (wellKnown !== undefined) return wellKnownColumn(wellKnown);
    const isText = within.includes(resolvedType) || resolvedType.fieldsArray.length === 0 || count > maxColumns;
    return isText ? 'string' : structOf(resolvedType, within);
  };
  const columnOf = (field: protobuf.Field, within: readonly protobuf.Type[]): DataType => {
    const element = elementOf(field, within);
    if (field instanceof protobuf.MapField) {
      const keyType = scalarColumn[scalarKindOf(field.keyType)];
      return { type: 'map', keyType, valueType: element, valueContainsNull: true };
    }
    return field.repeated ? { type: 'array', elementType: element, containsNull: true } : element;
  };
  return structOf(type, []);
}

export const fullNameOf = (type: protobuf.ReflectionObject): string => type.fullName.slice(1);

/** Extensions are named in full. */
const nameOf = (field: protobuf.Field): string => (field.name.startsWith('.') ? field.name.slice(1) : field.name);

/** By number, the first name of each. */
function namesOf({ values }: protobuf.Enum): Map<number, string> {
  const names = new Map<number, string>();
  for (const name of Object.keys(values)) {
    const number = values[name] as number;
    if (!names.has(number)) names.set(number, name);
  }
  return names;
}

function wireOf(field: protobuf.Field, reading: Reading): number {
  if (field instanceof protobuf.MapField) return 2;
  if (reading.kind === 'enum') return 0;
  if (reading.kind === 'scalar') return wireTypeOf(reading.scalar);
  return field.delimited ? 3 : 2;
}

const isPackable = (reading: Reading): boolean =>
  reading.kind === 'enum' || (reading.kind === 'scalar' && wireTypeOf(reading.scalar) !== 2);

/**
 * Without presence, an absent field has its type's default; with it, the default that its declaration names, or null. What is
 * required has none.
 */
function defaultOf(field: protobuf.Field, reading: Reading): DecodedValue {
  if (field.required) return null;
  if (field instanceof protobuf.MapField) return emptyMap;
  if (field.repeated) return emptyList;
  const declared = (field.options as { default?: unknown } | undefined)?.default;
  if (declared !== undefined && declared !== null) return declaredDefault(declared, reading);
  return field.hasPresence ? null : elementDefault(field, reading);
}

function elementDefault(field: protobuf.Field, reading: Reading): DecodedValue {
  switch (reading.kind) {
    case 'scalar':
      return scalarDefault(reading.scalar);
    case 'enum':
      return reading.names.get((field.resolvedType as protobuf.Enum).values[firstName(field)] ?? 0) ?? '0';
    case 'message':
    case 'wellKnown':
      return null;
  }
}

const firstName = (field: protobuf.Field): string => Object.keys((field.resolvedType as protobuf.Enum).values)[0] ?? '';

function declaredDefault(declared: unknown, reading: Reading): DecodedValue {
  if (reading.kind === 'enum') {
    return typeof declared === 'number' ? (reading.names.get(declared) ?? String(declared)) : String(declared);
  }
  if (reading.kind !== 'scalar') return null;
  switch (typeof scalarDefault(reading.scalar)) {
    case 'bigint':
      if (typeof declared === 'number' && !Number.isSafeInteger(declared)) {
        throw new UnusableSchema(
          `expected a default that the parser of .proto text does not round, got about ${declared}; a descriptor set keeps it`,
        );
      }
      return BigInt(String(declared));
    case 'number':
      return Number(declared);
    case 'boolean':
      return String(declared) === 'true';
    case 'string':
      return String(declared);
    default:
      return bytesOf(String(declared));
  }
}
