import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { S3Client } from '@aws-sdk/client-s3';

/** Nothing here checks signatures; the SDK wants something to sign with. */
export const localCredentials = { accessKeyId: 'local', secretAccessKey: 'local' };

export interface Clients {
  s3: S3Client;
  dynamodb: DynamoDBClient;
  dynamodbStreams: DynamoDBStreamsClient;
  kinesis: KinesisClient;
}

export function clientsOf(endpoints: { s3: string; dynamodb: string; kinesis: string }, region: string): Clients {
  const common = { region, credentials: localCredentials };
  return {
    s3: new S3Client({ ...common, endpoint: endpoints.s3, forcePathStyle: true }),
    dynamodb: new DynamoDBClient({ ...common, endpoint: endpoints.dynamodb }),
    dynamodbStreams: new DynamoDBStreamsClient({ ...common, endpoint: endpoints.dynamodb }),
    kinesis: new KinesisClient({ ...common, endpoint: endpoints.kinesis }),
  };
}

export function destroyClients(clients: Clients): void {
  for (const client of [clients.s3, clients.dynamodb, clients.dynamodbStreams, clients.kinesis]) client.destroy();
}
