/** What an expression may ask of a record besides its payload: `kafka.offset`, `kinesis.shard`, `ingest.source`, `schema.id` … */
export const metadataNames = {
  kafka: ['offset', 'partition', 'topic', 'timestamp', 'timestamp_type', 'key'],
  kinesis: ['sequence_number', 'sub_sequence_number', 'shard', 'stream', 'arrival_timestamp', 'partition_key'],
  ingest: ['source', 'partition', 'position', 'table', 'timestamp', 'metadata'],
  schema: ['name', 'id'],
  error: ['class', 'message', 'path', 'table', 'route'],
} as const;

export type MetadataGroup = keyof typeof metadataNames;
/** The groups that records of one kind of source have alone. */
export type SourceKind = 'kafka' | 'kinesis';

const headerPrefix = 'kafka.headers.';
export type HeaderMetadata = `${typeof headerPrefix}${string}`;

type NamedMetadata = {
  [Group in MetadataGroup]: `${Group}.${(typeof metadataNames)[Group][number]}`;
}[MetadataGroup];
export type MetadataName = NamedMetadata | HeaderMetadata;

/** `kafka.headers.<name>`. */
export const headerMetadata = (header: string): HeaderMetadata => `${headerPrefix}${header}`;
/** The header that such a name asks for. */
export const headerOf = (name: HeaderMetadata): string => name.slice(headerPrefix.length);
export const isHeaderMetadata = (name: MetadataName): name is HeaderMetadata => name.startsWith(headerPrefix);

/** What an expression is of: `error` is metadata of dead letters alone, elsewhere a payload's field like any other. */
export interface ExpressionUse {
  kind: SourceKind;
  isOfDeadLetter: boolean;
}

export const isMetadataGroup = (name: string, { isOfDeadLetter }: ExpressionUse): name is MetadataGroup =>
  Object.hasOwn(metadataNames, name) && (name !== 'error' || isOfDeadLetter);

/** Metadata of a group by its last name: `offset` of `kafka`. */
export const metadataNamed = (group: MetadataGroup, last: string): NamedMetadata | undefined =>
  (metadataNames[group] as readonly string[]).includes(last) ? (`${group}.${last}` as NamedMetadata) : undefined;

/** The groups of which an expression may ask. */
export const metadataGroupsFor = ({ kind, isOfDeadLetter }: ExpressionUse): readonly MetadataGroup[] => [
  kind,
  'ingest',
  'schema',
  ...(isOfDeadLetter ? (['error'] as const) : []),
];
