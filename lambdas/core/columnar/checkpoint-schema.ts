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

/**
 * Columns of a table's checkpoint. Its partition values are there in their own form too (`partitionValues_parsed`) if all of
 * them are of types that have one here.
 */
export function checkpointColumns(metaData: MetaData | undefined, isV2: boolean): StructField[] {
  const parsed = metaData === undefined ? [] : parsedPartitionFields(metaData);
  const own = columns.map((column) =>
    column.name === 'add' && parsed.length > 0 && typeof column.type === 'object' && column.type.type === 'struct'
      ? {
          ...column,
          type: { ...column.type, fields: [...column.type.fields, group('partitionValues_parsed', parsed)] },
        }
      : column,
  );
  return isV2 ? [...own, ...v2Columns] : own;
}

function parsedPartitionFields(metaData: MetaData): StructField[] {
  const { fields: tableFields } = parseSchema(metaData.schemaString);
  const mode = columnMappingMode(metaData);
  const partitionFields = metaData.partitionColumns.map((name) => tableFields.find((known) => known.name === name));
  if (!partitionFields.every((known) => known !== undefined && parsedTypes.has(known.type))) return [];
  return partitionFields.map((known) => field(physicalName(known!, mode), known!.type));
}
