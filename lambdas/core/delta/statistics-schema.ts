import type { MetaData, Protocol } from './actions.ts';
import { type ColumnMappingMode, columnMappingMode, physicalName } from './column-mapping.ts';
import { InvalidProperty } from './errors.ts';
import { choiceOf, defaultIndexedColumns, type IndexedChoice, indexedColumnsOf } from './indexed-columns.ts';
import { type DataType, decimalOf, parseSchema, type StructField } from './schema.ts';

/** Types whose values have bounds in Delta's statistics, decimals besides. */
const boundedTypes: ReadonlySet<DataType> = new Set<DataType>([
  'byte',
  'short',
  'integer',
  'long',
  'float',
  'double',
  'date',
  'timestamp',
  'timestamp_ntz',
  'string',
]);

const optional = (name: string, type: DataType): StructField => ({ name, type, nullable: true, metadata: {} });

/**
 * Fields of a file's statistics as a struct (`stats_parsed`), as Spark has them: of the columns that the table's properties ask
 * for, by their physical names, in the table's own types.
 */
export function statisticsFields(metaData: MetaData, protocol: Pick<Protocol, 'writerFeatures'>): StructField[] {
  const partitions = new Set(metaData.partitionColumns);
  const columns = parseSchema(metaData.schemaString).fields.filter(({ name }) => !partitions.has(name));
  const mode = columnMappingMode(metaData);
  const indexed = choiceOf(validIndexedColumns(metaData));
  const chosen = chosenFields(columns, indexed, mode);
  const bounds = membersOf(chosen, (type) => (hasBounds(type) ? type : undefined));
  const nulls = membersOf(chosen, () => 'long');
  const struct = (name: string, fields: StructField[]) =>
    fields.length === 0 ? [] : [optional(name, { type: 'struct', fields })];
  return [
    optional('numRecords', 'long'),
    ...((protocol.writerFeatures ?? []).includes('deletionVectors') ? [optional('tightBounds', 'boolean')] : []),
    ...struct('minValues', bounds),
    ...struct('maxValues', bounds),
    ...struct('nullCount', nulls),
  ];
}

/** What others set to nonsense counts as not set. */
function validIndexedColumns(metaData: MetaData) {
  try {
    return indexedColumnsOf(metaData);
  } catch (error) {
    if (error instanceof InvalidProperty) return defaultIndexedColumns;
    throw error;
  }
}

const hasBounds = (type: DataType): boolean =>
  boundedTypes.has(type) || (typeof type === 'string' && decimalOf(type) !== undefined);

/** The columns that have statistics, by physical name; a leaf is whatever is no struct. */
function chosenFields(fields: readonly StructField[], choice: IndexedChoice, mode: ColumnMappingMode): StructField[] {
  return fields.flatMap((field) => {
    const name = physicalName(field, mode);
    if (typeof field.type === 'string' || field.type.type !== 'struct') {
      return choice.takesLeaf(field.name) ? [optional(name, field.type)] : [];
    }
    const members = chosenFields(field.type.fields, choice.within(field.name), mode);
    return members.length === 0 ? [] : [optional(name, { type: 'struct', fields: members })];
  });
}

/** The same fields with other types for their leaves, without those that have none. */
function membersOf(fields: readonly StructField[], typeOf: (type: DataType) => DataType | undefined): StructField[] {
  return fields.flatMap(({ name, type }) => {
    if (typeof type === 'string' || type.type !== 'struct') {
      const other = typeOf(type);
      return other === undefined ? [] : [optional(name, other)];
    }
    const members = membersOf(type.fields, typeOf);
    return members.length === 0 ? [] : [optional(name, { type: 'struct', fields: members })];
  });
}
