/** What an expression may ask of a record besides its payload: `kafka.offset`, `kinesis.shard`, `ingest.source` … */
export const metadataNames = {
  kafka: ['offset', 'partition', 'topic', 'timestamp', 'timestamp_type', 'key'],
  kinesis: ['sequence_number', 'sub_sequence_number', 'shard', 'stream', 'arrival_timestamp', 'partition_key'],
  ingest: ['source', 'partition', 'position', 'table', 'timestamp'],
} as const;

export type MetadataGroup = keyof typeof metadataNames;
export type MetadataName = {
  [Group in MetadataGroup]: `${Group}.${(typeof metadataNames)[Group][number]}`;
}[MetadataGroup];

export const isMetadataGroup = (name: string): name is MetadataGroup => Object.hasOwn(metadataNames, name);

export const isMetadataName = (name: string): name is MetadataName => {
  const [group = '', ...rest] = name.split('.');
  return isMetadataGroup(group) && (metadataNames[group] as readonly string[]).includes(rest.join('.'));
};
