import { CreateTableCommand, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { leaseKey } from '#contract/ledger-items.ts';

/** A table with two text keys, as the stacks make them. */
export async function createKeyedTable(
  client: DynamoDBClient,
  name: string,
  hash: string,
  range: string,
): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [hash, range].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: hash, KeyType: 'HASH' },
        { AttributeName: range, KeyType: 'RANGE' },
      ],
    }),
  );
}

export const createLedgerTable = (client: DynamoDBClient, name: string): Promise<void> =>
  createKeyedTable(client, name, 'pk', 'sk');

/** What the commit machine does before it invokes the committer. */
export async function takeLease(
  client: DynamoDBClient,
  ledgerTable: string,
  { tableId, owner, expiresAtS }: { tableId: string; owner: string; expiresAtS: number },
): Promise<void> {
  const { pk, sk } = leaseKey(tableId);
  await client.send(
    new UpdateItemCommand({
      TableName: ledgerTable,
      Key: { pk: { S: pk }, sk: { S: sk } },
      UpdateExpression: 'SET #owner = :owner, expiresAtS = :until',
      ExpressionAttributeNames: { '#owner': 'owner' },
      ExpressionAttributeValues: { ':owner': { S: owner }, ':until': { N: String(expiresAtS) } },
    }),
  );
}
