import type { ArrayType, DataType, MapType, StructField, StructType } from '#delta/schema.ts';

/** A field, nullable and without metadata where `rest` says nothing else. */
export const field = (name: string, type: DataType, rest: Partial<StructField> = {}): StructField => ({
  name,
  type,
  nullable: true,
  metadata: {},
  ...rest,
});

export const struct = (...fields: StructField[]): StructType => ({ type: 'struct', fields });

/** A struct of nullable fields by their names. */
export const structOf = (types: Record<string, DataType>): StructType =>
  struct(...Object.entries(types).map(([name, type]) => field(name, type)));

export const listOf = (elementType: DataType, containsNull = true): ArrayType => ({
  type: 'array',
  elementType,
  containsNull,
});

export const mapOf = (keyType: DataType, valueType: DataType): MapType => ({
  type: 'map',
  keyType,
  valueType,
  valueContainsNull: true,
});
