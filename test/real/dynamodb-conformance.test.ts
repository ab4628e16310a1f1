import { afterAll, beforeAll } from 'vitest';
import { dynamodbConformance } from '../support/conformance/dynamodb.ts';
import { type DynamodbLocal, installDynamodbLocal, startDynamodbLocal } from './support/dynamodb-local.ts';

let server: DynamodbLocal | undefined;

beforeAll(installDynamodbLocal);
afterAll(() => server?.stop());

dynamodbConformance('DynamoDB Local', async () => {
  server = await startDynamodbLocal();
  return server;
});
