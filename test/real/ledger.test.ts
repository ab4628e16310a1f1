import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { dynamodbLedger, dynamodbLedgerStore } from '#adapters/aws/dynamodb-ledger.ts';
import { ledgerContract } from '../support/ledger-contract.ts';
import { createLedgerTable, takeLease } from '../support/ledger-table.ts';
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
  const name = `ledger-${++tables}`;
  await createLedgerTable(client, name);
  return {
    ledger: dynamodbLedger(client, name),
    store: dynamodbLedgerStore(client, name),
    takeLease: (tableId, owner, expiresAtS) => takeLease(client, name, { tableId, owner, expiresAtS }),
  };
});
