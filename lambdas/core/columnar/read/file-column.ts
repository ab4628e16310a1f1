import type { SchemaTree } from 'hyparquet';
import { type ColumnMappingMode, mappedId, physicalName } from '#delta/column-mapping.ts';
import { CorruptLog, UnsupportedFeature } from '#delta/errors.ts';
import type { ArrayType, DataType, MapType, StructField, StructType } from '#delta/schema.ts';
import type { Value } from '#delta/value.ts';
import { plainName } from './exact-values.ts';
import { primitiveReader } from './primitive-value.ts';

/** From a value as hyparquet answers it to the value of a Delta type; `undefined` is null. */
export type ToValue = (raw: unknown) => Value;

/** The file's field that holds a table's field; `undefined`: the file has none, its values are null. */
export function fieldIn(children: readonly SchemaTree[], field: StructField, mode: ColumnMappingMode) {
  if (mode === 'id') {
    const id = mappedId(field);
    return children.find(({ element }) => element.field_id === id);
  }
  const name = physicalName(field, mode);
  return children.find(({ element }) => element.name === name);
}

/**
 * Reads values of `type` from a file's field, widened where the file holds a narrower type (PROTOCOL.md, "Type Widening").
 * Lists come as arrays; maps must come as structs (`withPlainMaps`), since keys of any type have to survive; fields by `plainName`s.
 *
 * @throws {UnsupportedFeature} when the file's field holds what does not widen to the type. `path` names it.
 */
export function valueReader(type: DataType, node: SchemaTree, mode: ColumnMappingMode, path: string): ToValue {
  if (typeof type === 'string') return orNull(primitiveReader(type, node, path));
  if (node.children.length === 0) throw mismatch(path, type.type, node);
  switch (type.type) {
    case 'struct':
      return structReader(type, node, mode, path);
    case 'array':
      return arrayReader(type, node, mode, path);
    case 'map':
      return mapReader(type, node, mode, path);
  }
}

const mismatch = (path: string, wanted: string, { element }: SchemaTree): UnsupportedFeature =>
  new UnsupportedFeature(`${path}: expected a Parquet field that holds ${wanted}, got ${element.type ?? 'a group'}`);

const orNull =
  (read: (raw: unknown) => Value): ToValue =>
  (raw) =>
    raw === null || raw === undefined ? null : read(raw);

function structReader({ fields }: StructType, node: SchemaTree, mode: ColumnMappingMode, path: string): ToValue {
  const readers = fields.map((field) => {
    const child = field.type === 'void' ? undefined : fieldIn(node.children, field, mode);
    return {
      name: field.name,
      stored: plainName(child?.element.name ?? ''),
      read: child === undefined ? () => null : valueReader(field.type, child, mode, `${path}.${field.name}`),
    };
  });
  return orNull((raw) => {
    const group = raw as Record<string, unknown>;
    return Object.fromEntries(readers.map(({ name, stored, read }) => [name, read(group[stored])]));
  });
}

function arrayReader({ elementType }: ArrayType, node: SchemaTree, mode: ColumnMappingMode, path: string): ToValue {
  const repeated = node.children[0]!;
  if (node.children.length !== 1 || repeated.element.repetition_type !== 'REPEATED') {
    throw mismatch(path, 'an array', node);
  }
  const isUnwrapped = node.element.converted_type === 'LIST' && repeated.children.length <= 1;
  const element = isUnwrapped && repeated.children.length === 1 ? repeated.children[0]! : repeated;
  const read = valueReader(elementType, element, mode, `${path}.element`);
  const repeatedName = plainName(repeated.element.name);
  return orNull((raw) => {
    const list = isUnwrapped ? raw : (raw as Record<string, unknown>)[repeatedName];
    return Array.from((list ?? []) as ArrayLike<unknown>, read);
  });
}

function mapReader({ keyType, valueType }: MapType, node: SchemaTree, mode: ColumnMappingMode, path: string): ToValue {
  const entries = node.children[0]!;
  const [key, value] = entries.children;
  if (entries.element.repetition_type !== 'REPEATED' || key === undefined || value === undefined) {
    throw mismatch(path, 'a map', node);
  }
  const readKey = valueReader(keyType, key, mode, `${path}.key`);
  const readValue = valueReader(valueType, value, mode, `${path}.value`);
  const entriesName = plainName(entries.element.name);
  const keyName = plainName(key.element.name);
  const valueName = plainName(value.element.name);
  return orNull((raw) => {
    const pairs = (raw as Record<string, Record<string, unknown>[] | undefined>)[entriesName] ?? [];
    return new Map(pairs.map((pair) => [readKey(pair[keyName]), readValue(pair[valueName])]));
  });
}

/** @throws {CorruptLog} when no field of a file has an id, in a table whose columns are found by ids. */
export function assertHasIds(root: SchemaTree, mode: ColumnMappingMode, path: string): void {
  if (mode !== 'id' || root.children.length === 0) return;
  if (root.children.some(({ element }) => element.field_id !== undefined)) return;
  throw new CorruptLog(`${path}: expected Parquet fields with ids, as columns are mapped by id, found none`);
}
