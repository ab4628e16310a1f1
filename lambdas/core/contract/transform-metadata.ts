/** What an expression may ask of a record besides its payload: `kafka.offset`, `kinesis.shard`, `ingest.source`, `schema.id` … */
export const metadataNames = {
  kafka: ['offset', 'partition', 'topic', 'timestamp', 'timestamp_type', 'key'],
  kinesis: ['sequence_number', 'sub_sequence_number', 'shard', 'stream', 'arrival_timestamp', 'partition_key'],
  ingest: ['source', 'partition', 'position', 'table', 'timestamp'],
  schema: ['name', 'id'],
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

export const isMetadataGroup = (name: string): name is MetadataGroup => Object.hasOwn(metadataNames, name);

/** Metadata of a group by its last name: `offset` of `kafka`. */
export const isMetadataName = (name: string): name is NamedMetadata => {
  const [group = '', ...rest] = name.split('.');
  return isMetadataGroup(group) && (metadataNames[group] as readonly string[]).includes(rest.join('.'));
};

/** Whether records of a source of this kind have the group's metadata. */
export const hasMetadata = (group: MetadataGroup, kind: SourceKind): boolean =>
  group === 'ingest' || group === 'schema' || group === kind;
