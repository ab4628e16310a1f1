import { afterAll, beforeAll } from 'vitest';
import { dynamodbConformance } from '../support/conformance/dynamodb.ts';
import { type DynamodbLocal, installDynamodbLocal, startDynamodbLocal } from './support/dynamodb-local.ts';

let server: DynamodbLocal | undefined;

beforeAll(installDynamodbLocal);
afterAll(() => server?.stop());

dynamodbConformance(
  'DynamoDB Local',
  async () => {
    server = await startDynamodbLocal();
    return server;
  },
  {
    'a recreated table has another id': 'it gives tables no id',
    'its deletions are in the stream and say who made them': 'it deletes without a stream record',
  },
);
