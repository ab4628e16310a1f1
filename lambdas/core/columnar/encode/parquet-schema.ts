import type { DataType, StructField } from '#delta/schema.ts';
import { thrift } from '../footer/thrift-reader.ts';
import type { ThriftWriter } from '../footer/thrift-writer.ts';
import { type LeafType, leafType, physical } from './leaf-type.ts';

const utf8 = new TextEncoder();

const required = 0;
const optional = 1;
const repeated = 2;
const groupKinds = { map: { converted: 1, logical: 2 }, list: { converted: 3, logical: 3 } } as const;
/** Members of the union LogicalType (parquet.thrift). */
const logicalMember = { string: 1, decimal: 5, date: 6, timestamp: 8, integer: 10 } as const;
/** Member of the union TimeUnit. */
const microseconds = 2;

/**
 * Field 2 of a footer: the schema of Delta's columns, depth first; lists as `list.element`, maps as `key_value.key` and
 * `key_value.value`.
 */
export function writeSchema(writer: ThriftWriter, id: number, fields: readonly StructField[]): void {
  const count = fields.reduce((sum, field) => sum + elementsOf(field.type), 1);
  writer.list(id, thrift.struct, count);
  writeGroup(writer, 'schema', undefined, fields.length);
  for (const { name, type, nullable } of fields) writeField(writer, name, type, nullable);
}

function elementsOf(type: DataType): number {
  if (typeof type === 'string') return 1;
  switch (type.type) {
    case 'struct':
      return type.fields.reduce((sum, field) => sum + elementsOf(field.type), 1);
    case 'array':
      return 2 + elementsOf(type.elementType);
    case 'map':
      return 2 + elementsOf(type.keyType) + elementsOf(type.valueType);
  }
}

function writeField(writer: ThriftWriter, name: string, type: DataType, nullable: boolean): void {
  const repetition = nullable ? optional : required;
  if (typeof type === 'string') {
    writeLeaf(writer, name, repetition, leafType(type) as LeafType);
    return;
  }
  switch (type.type) {
    case 'struct':
      writeGroup(writer, name, repetition, type.fields.length);
      for (const field of type.fields) writeField(writer, field.name, field.type, field.nullable);
      return;
    case 'array':
      writeGroup(writer, name, repetition, 1, 'list');
      writeGroup(writer, 'list', repeated, 1);
      writeField(writer, 'element', type.elementType, type.containsNull);
      return;
    case 'map':
      writeGroup(writer, name, repetition, 1, 'map');
      writeGroup(writer, 'key_value', repeated, 2);
      writeField(writer, 'key', type.keyType, false);
      writeField(writer, 'value', type.valueType, type.valueContainsNull);
      return;
  }
}

function writeGroup(
  writer: ThriftWriter,
  name: string,
  repetition: number | undefined,
  children: number,
  kind?: keyof typeof groupKinds,
): void {
  writer.begin();
  if (repetition !== undefined) writer.i32(3, repetition);
  writer.binary(4, utf8.encode(name));
  writer.i32(5, children);
  if (kind !== undefined) {
    writer.i32(6, groupKinds[kind].converted);
    writer.struct(10);
    writeEmpty(writer, groupKinds[kind].logical);
    writer.end();
  }
  writer.end();
}

function writeLeaf(writer: ThriftWriter, name: string, repetition: number, type: LeafType): void {
  const { logical } = type;
  const decimal = logical?.kind === 'decimal' ? logical : undefined;
  writer.begin();
  writer.i32(1, type.physical);
  if (type.physical === physical.fixedLengthByteArray) writer.i32(2, type.width as number);
  writer.i32(3, repetition);
  writer.binary(4, utf8.encode(name));
  if (type.converted !== undefined) writer.i32(6, type.converted);
  if (decimal !== undefined) {
    writer.i32(7, decimal.scale);
    writer.i32(8, decimal.precision);
  }
  if (logical !== undefined) writeLogical(writer, logical);
  writer.end();
}

function writeLogical(writer: ThriftWriter, logical: NonNullable<LeafType['logical']>): void {
  writer.struct(10);
  switch (logical.kind) {
    case 'string':
    case 'date':
      writeEmpty(writer, logicalMember[logical.kind]);
      break;
    case 'decimal':
      writer.struct(logicalMember.decimal);
      writer.i32(1, logical.scale);
      writer.i32(2, logical.precision);
      writer.end();
      break;
    case 'timestamp':
      writer.struct(logicalMember.timestamp);
      writer.boolean(1, logical.isAdjustedToUtc);
      writer.struct(2);
      writeEmpty(writer, microseconds);
      writer.end();
      writer.end();
      break;
    case 'integer':
      writer.struct(logicalMember.integer);
      writer.copy(1, thrift.byte, Uint8Array.of(logical.bits), 0, 1);
      writer.boolean(2, true);
      writer.end();
      break;
  }
  writer.end();
}

function writeEmpty(writer: ThriftWriter, id: number): void {
  writer.struct(id);
  writer.end();
}
