import type { ColumnSettings, ColumnType, TableSettings } from '#contract/table-settings.ts';
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

function toType(type: ColumnType): DataType {
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'array':
      return { type: 'array', elementType: toType(type.elementType), containsNull: type.containsNull };
    case 'struct':
      return { type: 'struct', fields: type.fields.map(toField) };
  }
}
