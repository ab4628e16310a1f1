import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';

/**
 * Clients of AWS. Region, credentials and endpoints (`AWS_ENDPOINT_URL_…`) come from the SDK's own environment.
 *
 * Time-outs of all attempts together lie well inside those of the functions, so that an outage is a caught failure, which
 * clears a source partition's count of attempts, and never the death of an invocation.
 */
export const within = (requestTimeoutMs: number) => ({
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: requestTimeoutMs,
    throwOnRequestTimeout: true,
    /** An answer that began may stop. */
    socketTimeout: requestTimeoutMs,
  },
});

export const dynamodbClient = (): DynamoDBClient => new DynamoDBClient(within(5_000));

/** Buckets of an endpoint of one's own have no host names of their own. */
export const s3Client = (): S3Client => new S3Client({ ...within(20_000), forcePathStyle: hasOwnEndpoint() });

export const stepFunctionsClient = (): SFNClient => new SFNClient(within(5_000));

const hasOwnEndpoint = (): boolean =>
  [process.env.AWS_ENDPOINT_URL_S3, process.env.AWS_ENDPOINT_URL].some((url) => url !== undefined && url !== '');
