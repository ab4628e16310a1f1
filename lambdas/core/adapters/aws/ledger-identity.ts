import {
  ConditionalCheckFailedException,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { itemFormat, ledgerKey } from '#contract/ledger-items.ts';

/**
 * The id of the ledger in a physical DynamoDB table. The item that holds it names the table it was made in: in a restored
 * copy that is another, so that the copy gets an id of its own and its ordinals never meet those of the original in a log.
 */
export async function ledgerIdentity(client: DynamoDBClient, tableName: string, newId: () => string): Promise<string> {
  const physicalId = await physicalIdOf(client, tableName);
  const key = { pk: { S: ledgerKey.pk }, sk: { S: ledgerKey.sk } };
  const read = async () => {
    const { Item } = await client.send(new GetItemCommand({ TableName: tableName, Key: key, ConsistentRead: true }));
    return { ledgerId: Item?.ledgerId?.S, physicalId: Item?.physicalId?.S };
  };

  const present = await read();
  if (present.physicalId === physicalId && present.ledgerId !== undefined) return present.ledgerId;
  const ledgerId = newId();
  try {
    await client.send(
      new PutItemCommand({
        TableName: tableName,
        Item: { ...key, format: { N: String(itemFormat) }, ledgerId: { S: ledgerId }, physicalId: { S: physicalId } },
        ConditionExpression: 'attribute_not_exists(physicalId) OR physicalId <> :physicalId',
        ExpressionAttributeValues: { ':physicalId': { S: physicalId } },
      }),
    );
    return ledgerId;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    const winner = await read();
    if (winner.physicalId !== physicalId || winner.ledgerId === undefined) {
      throw new Error(`ledger ${tableName}: expected an id of table ${physicalId}, got one of ${winner.physicalId}`);
    }
    return winner.ledgerId;
  }
}

/** DynamoDB Local gives tables no id: there, what was created at one moment is one table. */
async function physicalIdOf(client: DynamoDBClient, tableName: string): Promise<string> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
  const { TableId, TableArn, CreationDateTime } = Table ?? {};
  if (TableId !== undefined) return TableId;
  if (TableArn === undefined || CreationDateTime === undefined) {
    throw new Error(`ledger ${tableName}: expected DescribeTable to name TableId, or TableArn and CreationDateTime`);
  }
  return `${TableArn} ${CreationDateTime.toISOString()}`;
}
