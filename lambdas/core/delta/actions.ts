/** Delta's actions, as one JSON object a line of a commit (PROTOCOL.md, "Actions"). Unknown fields are kept aside, not here. */

export interface Format {
  provider: string;
  options: Record<string, string>;
}

export interface MetaData {
  id: string;
  name?: string;
  description?: string;
  format: Format;
  /** JSON text of a struct type. */
  schemaString: string;
  partitionColumns: string[];
  configuration: Record<string, string>;
  createdTime?: number;
}

export interface Protocol {
  minReaderVersion: number;
  minWriterVersion: number;
  readerFeatures?: string[];
  writerFeatures?: string[];
}

export interface DeletionVector {
  storageType: 'u' | 'i' | 'p';
  pathOrInlineDv: string;
  offset?: number;
  sizeInBytes: number;
  cardinality: number;
}

export type PartitionValues = Record<string, string | null>;

export interface AddFile {
  /** URI-encoded as in the log; `decodePath` gives the object's path. */
  path: string;
  partitionValues: PartitionValues;
  size: number;
  modificationTime: number;
  dataChange: boolean;
  /** JSON text: kept as text, since its numbers exceed doubles. */
  stats?: string;
  tags?: Record<string, string>;
  deletionVector?: DeletionVector;
  baseRowId?: bigint;
  defaultRowCommitVersion?: bigint;
  clusteringProvider?: string;
}

export interface RemoveFile {
  path: string;
  deletionTimestamp?: number;
  dataChange: boolean;
  extendedFileMetadata?: boolean;
  partitionValues?: PartitionValues;
  size?: number;
  stats?: string;
  tags?: Record<string, string>;
  deletionVector?: DeletionVector;
  baseRowId?: bigint;
  defaultRowCommitVersion?: bigint;
}

export interface Txn {
  appId: string;
  /** int64. */
  version: bigint;
  lastUpdated?: number;
}

export interface DomainMetadata {
  domain: string;
  configuration: string;
  removed: boolean;
}

/** Free-form; `txnId` names the attempt, so that a writer recognises its own commit after a lost answer. */
export interface CommitInfo {
  timestamp?: number;
  operation?: string;
  txnId?: string;
  [key: string]: unknown;
}

export type Action =
  | { commitInfo: CommitInfo }
  | { protocol: Protocol }
  | { metaData: MetaData }
  | { add: AddFile }
  | { remove: RemoveFile }
  | { txn: Txn }
  | { domainMetadata: DomainMetadata };
