import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client } from '@aws-sdk/client-s3';

/** Nothing here checks signatures; the SDK wants something to sign with. */
export const localCredentials = { accessKeyId: 'local', secretAccessKey: 'local' };

export interface Clients {
  s3: S3Client;
  dynamodb: DynamoDBClient;
  kinesis: KinesisClient;
}

export function clientsOf(endpoints: { s3: string; dynamodb: string; kinesis: string }, region: string): Clients {
  const common = { region, credentials: localCredentials };
  return {
    s3: new S3Client({ ...common, endpoint: endpoints.s3, forcePathStyle: true }),
    dynamodb: new DynamoDBClient({ ...common, endpoint: endpoints.dynamodb }),
    kinesis: new KinesisClient({ ...common, endpoint: endpoints.kinesis }),
  };
}

export function destroyClients({ s3, dynamodb, kinesis }: Clients): void {
  s3.destroy();
  dynamodb.destroy();
  kinesis.destroy();
}
