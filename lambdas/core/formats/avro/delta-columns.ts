import type { DataType, StructField, StructType } from '#delta/schema.ts';
import { type AvroRecord, AvroSchemaError, type AvroType, type LogicalType } from './avro-schema.ts';
import { durationNames } from './leaf-values.ts';
import { holdsItself, memberNames, valueMembers } from './shape-of-types.ts';

/** Of a Delta decimal. */
const maxPrecision = 38;
/** Fields of a record and of all within it, at most: records that are named twice have their fields twice. */
const maxFields = 10_000;

/**
 * Delta columns for the records of a schema. All are nullable, since other writers' schemas of the same table may lack them.
 * Fields of type null have no type yet and get no column.
 *
 * @throws {AvroSchemaError} when the schema has too many fields to be columns.
 */
export function deltaColumns(record: AvroRecord): StructType {
  const left = { fields: maxFields };
  return structOf(record, [], left) ?? { type: 'struct', fields: [] };
}

interface Left {
  fields: number;
}

/** Nothing where no field has a type: a struct cannot be empty. */
function structOf(record: AvroRecord, open: readonly AvroRecord[], left: Left): StructType | undefined {
  const around = [...open, record];
  left.fields -= record.fields.length;
  if (left.fields < 0) throw new AvroSchemaError(`${record.name}: expected at most ${maxFields} fields, got more`);
  const fields = record.fields.flatMap(({ name, type }) => {
    const delta = deltaType(type, around, left);
    return delta === undefined ? [] : [fieldOf(name, delta)];
  });
  return fields.length === 0 ? undefined : { type: 'struct', fields };
}

const fieldOf = (name: string, type: DataType): StructField => ({ name, type, nullable: true, metadata: {} });

/** Nothing for what can only be null. */
function deltaType(type: AvroType, open: readonly AvroRecord[], left: Left): DataType | undefined {
  switch (type.kind) {
    case 'null':
      return undefined;
    case 'boolean':
    case 'float':
    case 'double':
      return type.kind;
    case 'int':
      return type.logical?.name === 'date' ? 'date' : 'integer';
    case 'long':
      return type.logical === undefined ? 'long' : timeType(type.logical);
    case 'string':
    case 'enum':
      return 'string';
    case 'bytes':
    case 'fixed':
      return bytesType(type.logical);
    case 'array':
      return { type: 'array', elementType: deltaType(type.items, open, left) ?? 'string', containsNull: true };
    case 'map':
      return {
        type: 'map',
        keyType: 'string',
        valueType: deltaType(type.values, open, left) ?? 'string',
        valueContainsNull: true,
      };
    case 'record':
      return holdsItself(type, open) ? 'string' : (structOf(type, open, left) ?? 'string');
    case 'union':
      return unionType(valueMembers(type.members), open, left);
  }
}

const timeType = ({ name }: LogicalType): DataType => (name.startsWith('local-') ? 'timestamp_ntz' : 'timestamp');

function bytesType(logical: LogicalType | undefined): DataType {
  switch (logical?.name) {
    case 'decimal':
      return logical.precision <= maxPrecision ? `decimal(${logical.precision},${logical.scale})` : 'string';
    case 'uuid':
      return 'string';
    case 'duration':
      return { type: 'struct', fields: durationNames.map((name) => fieldOf(name, 'long')) };
    default:
      return 'binary';
  }
}

function unionType(values: readonly AvroType[], open: readonly AvroRecord[], left: Left): DataType | undefined {
  const [only] = values;
  if (values.length <= 1) return only && deltaType(only, open, left);
  const names = memberNames(values);
  return {
    type: 'struct',
    fields: values.map((member, index) => fieldOf(names[index] as string, deltaType(member, open, left) ?? 'string')),
  };
}
