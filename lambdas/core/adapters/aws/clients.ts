import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';

/**
 * Clients of one function. Region, credentials and endpoints come from the environment, read by the SDK itself; where an
 * endpoint is named, buckets are addressed by path, since only AWS resolves their host names. Requests give up well inside
 * a function's time, so that a hanging connection is a caught failure and not a death.
 */
const requestHandler = { connectionTimeout: 2_000, requestTimeout: 20_000 };

export const s3Client = (): S3Client => {
  const named = process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  return new S3Client({ forcePathStyle: named !== undefined, requestHandler });
};

export const dynamodbClient = (): DynamoDBClient => new DynamoDBClient({ requestHandler });
export const stepFunctionsClient = (): SFNClient => new SFNClient({ requestHandler });
export const glueClient = (): GlueClient => new GlueClient({ requestHandler });
