import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A Kinesis stream that feeds the pipeline. */
export interface StreamEndpoint {
  name: string;
  /** The source that reads it, as the settings name it; absent for a stream that no function of a source reads. */
  source?: string;
  /** The Delta table that the source's records go to; a route's as it is written, such as `events_{type}`. */
  table?: string;
  /** Where its dead letters go. */
  deadLetterTable?: string;
  /** Whether its route leaves records out by what they say. */
  filters?: boolean;
  /** Whether a payload may hold many records, as container files do. */
  splits?: boolean;
  /** What becomes of the source's records without a value. */
  tombstones?: 'drop' | 'deadLetter' | 'row';
}

/** A Kafka topic that feeds the pipeline. */
export interface TopicEndpoint extends StreamEndpoint {
  partitions: number;
}

/** Where a running local AWS is reached, and what is to be found there. Written to `endpoints.json` in the data folder. */
export interface Endpoints {
  region: string;
  /** `http://host:port` */
  s3: string;
  dynamodb: string;
  kinesis: string;
  stepfunctions: string;
  sqs: string;
  lambda: string;
  /** Prometheus text at `/metrics`, readiness at `/health`. */
  metrics: string;
  /** `host:port` */
  kafka: string;
  lakeBucket?: string;
  ledgerTable?: string;
  deltaLogTable?: string;
  commitMachineArn?: string;
  restoreMachineArn?: string;
  streams: StreamEndpoint[];
  topics: TopicEndpoint[];
}

export const endpointsFile = 'endpoints.json';

/** Replaces `endpoints.json` in one step: a reader sees the old or the new file, whole. */
export async function writeEndpoints(dataFolder: string, endpoints: Endpoints): Promise<void> {
  const path = join(dataFolder, endpointsFile);
  await writeFile(`${path}.new`, `${JSON.stringify(endpoints, null, 2)}\n`);
  await rename(`${path}.new`, path);
}
