import { CreateTableCommand, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { leaseKey } from '#contract/ledger-items.ts';
import { ledgerContract } from '../support/ledger-contract.ts';
import { type DynamodbLocal, installDynamodbLocal, startDynamodbLocal } from './support/dynamodb-local.ts';

let server: DynamodbLocal;
let client: DynamoDBClient;
let tables = 0;

beforeAll(async () => {
  await installDynamodbLocal();
  server = await startDynamodbLocal();
  client = new DynamoDBClient({ endpoint: server.endpoint, region: 'us-east-1', credentials: server.credentials });
}, 300_000);
afterAll(async () => {
  client?.destroy();
  await server?.stop();
});

ledgerContract('the ledger in DynamoDB Local', async () => {
  const TableName = `ledger-${++tables}`;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  return {
    ledger: dynamodbLedger(client, TableName),
    takeLease: async (tableId, owner, expiresAtS) => {
      const { pk, sk } = leaseKey(tableId);
      await client.send(
        new UpdateItemCommand({
          TableName,
          Key: { pk: { S: pk }, sk: { S: sk } },
          UpdateExpression: 'SET #owner = :owner, expiresAtS = :until',
          ExpressionAttributeNames: { '#owner': 'owner' },
          ExpressionAttributeValues: { ':owner': { S: owner }, ':until': { N: String(expiresAtS) } },
        }),
      );
    },
  };
});
