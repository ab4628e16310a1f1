/** Where a mapping begins to read a shard or partition that it has no position for. */
export type StartingPosition = { type: 'TRIM_HORIZON' } | { type: 'LATEST' } | { type: 'AT_TIMESTAMP'; timeMs: number };

/** What becomes of a batch that fails. */
export interface DeliveryRules {
  /** Retries of a batch; −1 without end. */
  maxRetryAttempts: number;
  /** Records older than this are given up; −1 never. */
  maxRecordAgeMs: number;
  bisectOnError: boolean;
  reportItemFailures: boolean;
}

interface CommonSpec {
  /** Stable from one run to the next: positions are kept under it. */
  id: string;
  functionName: string;
  enabled: boolean;
  /** Records in a batch at most. */
  batchSize: number;
  windowMs: number;
  startingPosition: StartingPosition;
  rules: DeliveryRules;
  /** Bucket that keeps batches that were given up. */
  failureBucket?: string;
}

export interface KinesisMappingSpec extends CommonSpec {
  kind: 'kinesis';
  streamName: string;
  streamArn: string;
}

export interface KafkaMappingSpec extends CommonSpec {
  kind: 'kafka';
  topic: string;
  consumerGroup: string;
  eventSource: 'SelfManagedKafka' | 'aws:kafka';
  clusterArn?: string;
  /** Partitions are shared out to as many pollers, each with one invocation at a time. */
  pollers: number;
}

/** Order and age mean nothing here, and what fails comes back when its queue says so. */
export interface QueueMappingSpec {
  kind: 'sqs';
  id: string;
  functionName: string;
  enabled: boolean;
  queueName: string;
  queueArn: string;
  /** Messages in a batch at most. */
  batchSize: number;
  windowMs: number;
  reportItemFailures: boolean;
}

export type MappingSpec = KinesisMappingSpec | KafkaMappingSpec | QueueMappingSpec;
