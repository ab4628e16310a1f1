import { afterAll, beforeAll } from 'vitest';
import { dynamodbConformance } from '../support/conformance/dynamodb.ts';
import { type DynamodbLocal, installDynamodbLocal, startDynamodbLocal } from './support/dynamodb-local.ts';

let server: DynamodbLocal | undefined;

beforeAll(installDynamodbLocal);
afterAll(() => server?.stop());

const unthrottled = 'it serves any rate';

dynamodbConformance(
  'DynamoDB Local',
  async () => {
    server = await startDynamodbLocal();
    return server;
  },
  {
    'a recreated table has another id': 'it gives tables no id',
    'its deletions are in the stream and say who made them': 'it deletes without a stream record',
    'records of a transaction come apart, others between them, those of one item in order': 'it keeps them together',
    'a partition key written to beyond 1,000 units a second is throttled, and the error says so': unthrottled,
    'what was throttled has not happened': unthrottled,
    'other partition keys are served meanwhile, and the hot one again a little later': unthrottled,
    'a transaction with an item of a hot partition is cancelled for ThrottlingError': unthrottled,
    'a batch gives back what a hot partition does not take': unthrottled,
    'a partition key read from beyond 3,000 units a second is throttled': unthrottled,
  },
);
