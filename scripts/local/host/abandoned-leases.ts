import { type DynamoDBClient, paginateScan, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { leaseKey } from '#contract/ledger-items.ts';

/**
 * Executions live in this process: a lease that is held when nothing runs yet was held by one that died with the last
 * process. It is released, instead of waiting until it expires.
 */
export async function releaseAbandonedLeases(client: DynamoDBClient, ledgerTable: string): Promise<void> {
  const held = paginateScan(
    { client },
    {
      TableName: ledgerTable,
      FilterExpression: 'sk = :lease AND attribute_exists(#owner)',
      ExpressionAttributeNames: { '#owner': 'owner' },
      ExpressionAttributeValues: { ':lease': { S: leaseKey('').sk } },
      ProjectionExpression: 'pk, sk',
    },
  );
  for await (const { Items = [] } of held) {
    for (const { pk, sk } of Items) {
      const release = new UpdateItemCommand({
        TableName: ledgerTable,
        Key: { pk: pk!, sk: sk! },
        UpdateExpression: 'REMOVE #owner, expiresAtS, dirty',
        ExpressionAttributeNames: { '#owner': 'owner' },
      });
      await client.send(release);
    }
  }
}
