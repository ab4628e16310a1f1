import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  QueryCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { ItemKey } from '#contract/ledger-items.ts';
import { type Item, keyItem } from './ledger-items.ts';
import { ledgerReads } from './ledger-reads.ts';

/** DynamoDB's limit of items in one BatchWriteItem. */
const maxBatchItems = 25;
/** Unprocessed deletes are sent again this often, later and later. */
const maxBatchRounds = 8;

export const pause = (round: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, 25 * 2 ** round));

/** The DynamoDB table that holds a ledger's items. Reads are consistent. */
export interface LedgerTable {
  client: DynamoDBClient;
  tableName: string;
  /** See `ledgerReads`. */
  read(key: ItemKey): Promise<Item | undefined>;
  /** Every item of one partition key, page after page. */
  query(pk: string): AsyncGenerator<Item>;
  deleteItems(keys: readonly ItemKey[]): Promise<void>;
}

export function ledgerTable(client: DynamoDBClient, tableName: string): LedgerTable {
  async function deleteBatch(keys: readonly ItemKey[]): Promise<void> {
    let left: WriteRequest[] = keys.map((key) => ({ DeleteRequest: { Key: keyItem(key) } }));
    for (let round = 0; left.length > 0; round++) {
      if (round === maxBatchRounds)
        throw new Error(`ledger ${tableName}: ${left.length} deletes are still unprocessed`);
      if (round > 0) await pause(round);
      const { UnprocessedItems = {} } = await client.send(
        new BatchWriteItemCommand({ RequestItems: { [tableName]: left } }),
      );
      left = UnprocessedItems[tableName] ?? [];
    }
  }

  return {
    client,
    tableName,

    read: ledgerReads(client, tableName),

    async *query(pk) {
      let from: Item | undefined;
      do {
        const { Items = [], LastEvaluatedKey } = await client.send(
          new QueryCommand({
            TableName: tableName,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': { S: pk } },
            ConsistentRead: true,
            ...(from === undefined ? {} : { ExclusiveStartKey: from }),
          }),
        );
        yield* Items;
        from = LastEvaluatedKey;
      } while (from !== undefined);
    },

    async deleteItems(keys) {
      for (let first = 0; first < keys.length; first += maxBatchItems) {
        await deleteBatch(keys.slice(first, first + maxBatchItems));
      }
    },
  };
}

/** `refused`: the request's condition did not hold. */
export async function unlessRefused(request: Promise<unknown>): Promise<'done' | 'refused'> {
  try {
    await request;
    return 'done';
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return 'refused';
    throw error;
  }
}
