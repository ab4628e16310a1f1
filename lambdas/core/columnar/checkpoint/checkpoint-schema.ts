import type { MetaData } from '#delta/actions.ts';
import { columnMappingMode, physicalName } from '#delta/column-mapping.ts';
import { type DataType, parseSchema, type StructField } from '#delta/schema.ts';

const field = (name: string, type: DataType): StructField => ({ name, type, nullable: true, metadata: {} });
const fields = (type: DataType, ...names: string[]): StructField[] => names.map((name) => field(name, type));
const group = (name: string, ...members: StructField[][]): StructField =>
  field(name, { type: 'struct', fields: members.flat() });

const texts: DataType = { type: 'array', elementType: 'string', containsNull: true };
const map: DataType = { type: 'map', keyType: 'string', valueType: 'string', valueContainsNull: true };

const deletionVector = group(
  'deletionVector',
  fields('string', 'storageType', 'pathOrInlineDv'),
  fields('integer', 'offset', 'sizeInBytes'),
  fields('long', 'cardinality'),
);

/** PROTOCOL.md, "Checkpoint Schema", as Spark writes it: everything is optional. Tombstones have neither statistics nor tags. */
const columns: readonly StructField[] = [
  group('txn', fields('string', 'appId'), fields('long', 'version', 'lastUpdated')),
  group(
    'add',
    fields('string', 'path'),
    fields(map, 'partitionValues'),
    fields('long', 'size', 'modificationTime'),
    fields('boolean', 'dataChange'),
    fields(map, 'tags'),
    [deletionVector],
    fields('long', 'baseRowId', 'defaultRowCommitVersion'),
    fields('string', 'clusteringProvider', 'stats'),
  ),
  group(
    'remove',
    fields('string', 'path'),
    fields('long', 'deletionTimestamp'),
    fields('boolean', 'dataChange', 'extendedFileMetadata'),
    fields(map, 'partitionValues'),
    fields('long', 'size'),
    [deletionVector],
    fields('long', 'baseRowId', 'defaultRowCommitVersion'),
  ),
  group(
    'metaData',
    fields('string', 'id', 'name', 'description'),
    [group('format', fields('string', 'provider'), fields(map, 'options'))],
    fields('string', 'schemaString'),
    fields(texts, 'partitionColumns'),
    fields(map, 'configuration'),
    fields('long', 'createdTime'),
  ),
  group(
    'protocol',
    fields('integer', 'minReaderVersion', 'minWriterVersion'),
    fields(texts, 'readerFeatures', 'writerFeatures'),
  ),
  group('domainMetadata', fields('string', 'domain', 'configuration'), fields('boolean', 'removed')),
];

/** What the top-level file of a V2 checkpoint has as well. */
const v2Columns: readonly StructField[] = [
  group('checkpointMetadata', fields('long', 'version')),
  group('sidecar', fields('string', 'path'), fields('long', 'sizeInBytes', 'modificationTime'), fields(map, 'tags')),
];

/** Types of partition columns that a checkpoint holds in their own form too, so that its row groups have bounds of them. */
const parsedTypes: ReadonlySet<DataType> = new Set<DataType>([
  'string',
  'byte',
  'short',
  'integer',
  'long',
  'boolean',
  'date',
  'timestamp',
  'timestamp_ntz',
]);

/** In what forms statistics and partition values are there. */
export interface FileForms {
  isV2: boolean;
  /** Statistics as JSON text. */
  hasText: boolean;
  /** Fields of statistics as a struct; absent: they are not there as one. */
  statistics: readonly StructField[] | undefined;
  /** Partition values as a struct; not said: where all of them are of types that are worth it. */
  hasStructs: boolean | undefined;
}

/** Columns of a table's checkpoint. */
export function checkpointColumns(metaData: MetaData, { isV2, hasText, statistics, hasStructs }: FileForms) {
  const parsed = hasStructs === false ? [] : parsedPartitionFields(metaData, hasStructs === true);
  const structs = [
    ...(parsed.length === 0 ? [] : [group('partitionValues_parsed', parsed)]),
    ...(statistics === undefined ? [] : [group('stats_parsed', [...statistics])]),
  ];
  const own = columns.map((column) => (column.name === 'add' ? addColumn(column, hasText, structs) : column));
  return isV2 ? [...own, ...v2Columns] : own;
}

function addColumn({ name, type }: StructField, hasText: boolean, structs: readonly StructField[]): StructField {
  const members = (type as { fields: StructField[] }).fields.filter((member) => hasText || member.name !== 'stats');
  return group(name, [...members, ...structs]);
}

function parsedPartitionFields(metaData: MetaData, isAskedFor: boolean): StructField[] {
  const { fields: tableFields } = parseSchema(metaData.schemaString);
  const mode = columnMappingMode(metaData);
  const partitionFields = metaData.partitionColumns.map((name) => tableFields.find((known) => known.name === name));
  const isWorthIt = ({ type }: StructField) => isAskedFor || parsedTypes.has(type);
  if (!partitionFields.every((known) => known !== undefined && isWorthIt(known))) return [];
  return partitionFields.map((known) => field(physicalName(known!, mode), known!.type));
}
