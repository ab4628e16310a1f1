/** An attribute value as the API writes it: `{ S: 'text' }`, `{ N: '1' }` … */
export type AttributeValue = Record<string, unknown>;
export type Item = Record<string, AttributeValue>;
/** A request or an answer, as its JSON. */
export type Message = Record<string, unknown>;

export interface KeyElement {
  AttributeName: string;
  KeyType: 'HASH' | 'RANGE';
}

export interface SecondaryIndex {
  IndexName: string;
  KeySchema: KeyElement[];
  [field: string]: unknown;
}

export type StreamViewType = 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES';

/** What DescribeTable says; dynalite reads the same record. */
export interface TableDescription {
  TableName: string;
  TableId: string;
  TableArn: string;
  TableStatus: 'ACTIVE';
  KeySchema: KeyElement[];
  AttributeDefinitions: { AttributeName: string; AttributeType: string }[];
  GlobalSecondaryIndexes?: SecondaryIndex[];
  LocalSecondaryIndexes?: SecondaryIndex[];
  StreamSpecification?: { StreamEnabled: boolean; StreamViewType?: StreamViewType };
  LatestStreamArn?: string;
  LatestStreamLabel?: string;
  [field: string]: unknown;
}
