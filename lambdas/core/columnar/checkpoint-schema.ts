import type { SchemaElement } from 'hyparquet';
import type { ActionKind } from '#delta/checkpoint-codec.ts';

/** A node of a classic checkpoint's Parquet schema: everything is optional but the keys of maps, as Spark writes it. */
type Node = { name: string } & (
  | { kind: 'string' | 'long' | 'int' | 'boolean' | 'map' | 'list' }
  | { kind: 'group'; children: Node[] }
);

const leaf = (kind: 'string' | 'long' | 'int' | 'boolean' | 'map' | 'list', ...names: string[]): Node[] =>
  names.map((name) => ({ name, kind }));
const group = (name: string, ...children: Node[][]): Node => ({ name, kind: 'group', children: children.flat() });

const deletionVector = group(
  'deletionVector',
  leaf('string', 'storageType', 'pathOrInlineDv'),
  leaf('int', 'offset', 'sizeInBytes'),
  leaf('long', 'cardinality'),
);

/** PROTOCOL.md, "Checkpoint Schema"; JSON statistics only. Tombstones have neither statistics nor tags. */
const columns: Node[] = [
  group('txn', leaf('string', 'appId'), leaf('long', 'version', 'lastUpdated')),
  group(
    'add',
    leaf('string', 'path'),
    leaf('map', 'partitionValues'),
    leaf('long', 'size', 'modificationTime'),
    leaf('boolean', 'dataChange'),
    leaf('map', 'tags'),
    [deletionVector],
    leaf('long', 'baseRowId', 'defaultRowCommitVersion'),
    leaf('string', 'clusteringProvider', 'stats'),
  ),
  group(
    'remove',
    leaf('string', 'path'),
    leaf('long', 'deletionTimestamp'),
    leaf('boolean', 'dataChange', 'extendedFileMetadata'),
    leaf('map', 'partitionValues'),
    leaf('long', 'size'),
    [deletionVector],
    leaf('long', 'baseRowId', 'defaultRowCommitVersion'),
  ),
  group(
    'metaData',
    leaf('string', 'id', 'name', 'description'),
    [group('format', leaf('string', 'provider'), leaf('map', 'options'))],
    leaf('string', 'schemaString'),
    leaf('list', 'partitionColumns'),
    leaf('map', 'configuration'),
    leaf('long', 'createdTime'),
  ),
  group(
    'protocol',
    leaf('int', 'minReaderVersion', 'minWriterVersion'),
    leaf('list', 'readerFeatures', 'writerFeatures'),
  ),
  group('domainMetadata', leaf('string', 'domain', 'configuration'), leaf('boolean', 'removed')),
];

const text = (name: string, repetition: 'OPTIONAL' | 'REQUIRED'): SchemaElement => ({
  name,
  type: 'BYTE_ARRAY',
  converted_type: 'UTF8',
  logical_type: { type: 'STRING' },
  repetition_type: repetition,
});

function elements(node: Node): SchemaElement[] {
  const { name } = node;
  switch (node.kind) {
    case 'string':
      return [text(name, 'OPTIONAL')];
    case 'long':
      return [{ name, type: 'INT64', repetition_type: 'OPTIONAL' }];
    case 'int':
      return [{ name, type: 'INT32', repetition_type: 'OPTIONAL' }];
    case 'boolean':
      return [{ name, type: 'BOOLEAN', repetition_type: 'OPTIONAL' }];
    case 'map':
      return [
        { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'MAP', logical_type: { type: 'MAP' } },
        { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
        text('key', 'REQUIRED'),
        text('value', 'OPTIONAL'),
      ];
    case 'list':
      return [
        { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        text('element', 'OPTIONAL'),
      ];
    case 'group':
      return [
        { name, repetition_type: 'OPTIONAL', num_children: node.children.length },
        ...node.children.flatMap(elements),
      ];
  }
}

/** The file's schema, depth first. */
export const checkpointSchema: SchemaElement[] = [
  { name: 'spark_schema', num_children: columns.length },
  ...columns.flatMap(elements),
];

export const checkpointColumns = columns.map(({ name }) => name) as readonly ActionKind[];

/** An action's fields as the Parquet writer wants them: longs as bigint, only what the schema has. */
export function toCheckpointRow(kind: ActionKind, fields: object): unknown {
  return encode(columns.find(({ name }) => name === kind)!, fields);
}

function encode(node: Node, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (node.kind === 'long') return BigInt(value as number | bigint);
  if (node.kind !== 'group') return value;
  return Object.fromEntries(
    node.children.map((child) => [child.name, encode(child, (value as Record<string, unknown>)[child.name])]),
  );
}
