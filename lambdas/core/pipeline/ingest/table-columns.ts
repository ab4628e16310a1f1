import { columnKeyOf } from '#contract/column-name.ts';
import type { ColumnSettings, ColumnType } from '#contract/column-settings.ts';
import { epochUnitKey } from '#contract/epoch-unit.ts';
import type { TableSettings } from '#contract/table-settings.ts';
import type { DataType, StructField, StructType } from '#delta/schema.ts';
import { positionFields } from './position-columns.ts';

/** What a table must have by its settings: declared columns, then position columns. */
export function declaredColumns({ schema }: Pick<TableSettings, 'schema'>, positionColumns: boolean): StructType {
  const declared = schema === 'infer' ? [] : schema.map(toField);
  return { type: 'struct', fields: [...declared, ...(positionColumns ? positionFields : [])] };
}

const toField = ({ name, type, nullable }: ColumnSettings): StructField => ({
  name,
  type: toType(type),
  nullable,
  metadata: {},
});

/**
 * The schema of a table with what its settings say of the numbers of timestamps (`epochUnitOf`). Only for whoever reads values: it is
 * no part of what ledger and log agree on.
 */
export function withEpochUnits(schema: StructType, settings: TableSettings['schema']): StructType {
  return settings === 'infer' ? schema : withUnits(schema, settings);
}

function withUnits(schema: StructType, declared: readonly ColumnSettings[]): StructType {
  const byKey = new Map(declared.map((column) => [columnKeyOf(column.name), column]));
  const fields = schema.fields.map((field): StructField => {
    const { epochUnit, type } = byKey.get(columnKeyOf(field.name)) ?? {};
    if (epochUnit !== undefined && field.type === 'timestamp') {
      return { ...field, metadata: { ...field.metadata, [epochUnitKey]: epochUnit } };
    }
    return type === undefined ? field : { ...field, type: withUnitsInside(field.type, type) };
  });
  return { ...schema, fields };
}

function withUnitsInside(found: DataType, declared: ColumnType): DataType {
  if (typeof found === 'string' || typeof declared === 'string') return found;
  if (found.type === 'struct' && declared.type === 'struct') return withUnits(found, declared.fields);
  if (found.type === 'array' && declared.type === 'array') {
    return { ...found, elementType: withUnitsInside(found.elementType, declared.elementType) };
  }
  if (found.type === 'map' && declared.type === 'map') {
    const { keyType, valueType } = found;
    const inside = {
      keyType: withUnitsInside(keyType, declared.keyType),
      valueType: withUnitsInside(valueType, declared.valueType),
    };
    return { ...found, ...inside };
  }
  return found;
}

function toType(type: ColumnType): DataType {
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'array':
      return { type: 'array', elementType: toType(type.elementType), containsNull: type.containsNull };
    case 'map': {
      const { valueContainsNull } = type;
      return { type: 'map', keyType: toType(type.keyType), valueType: toType(type.valueType), valueContainsNull };
    }
    case 'struct':
      return { type: 'struct', fields: type.fields.map(toField) };
  }
}
