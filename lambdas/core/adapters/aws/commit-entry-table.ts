import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import type { CommitEntry, CommitEntryStore } from '#delta/commit-entry-store.ts';
import { CorruptLog } from '#delta/errors.ts';
import { mayHaveTakenEffect } from './unclear-outcome.ts';

type Item = Record<string, AttributeValue>;

/**
 * The `delta_log` table of S3DynamoDBLogStore: HASH `tablePath`, RANGE `fileName`; `complete` is the text "true" or
 * "false", `expireTime` a number of epoch seconds, only when complete.
 */
export function commitEntryTable(client: DynamoDBClient, tableName: string): CommitEntryStore {
  async function putOn<Refused extends string>(
    input: Omit<PutItemCommandInput, 'TableName'>,
    refused: Refused,
  ): Promise<'put' | Refused | 'unknown'> {
    try {
      await client.send(new PutItemCommand({ TableName: tableName, ...input }));
      return 'put';
    } catch (error) {
      if ((error as Error).name === 'ConditionalCheckFailedException') return refused;
      if (mayHaveTakenEffect(error)) return 'unknown';
      throw error;
    }
  }

  return {
    async get(tablePath, fileName) {
      const { Item: item } = await client.send(
        new GetItemCommand({
          TableName: tableName,
          Key: { tablePath: { S: tablePath }, fileName: { S: fileName } },
          ConsistentRead: true,
        }),
      );
      return item && fromItem(item);
    },

    async newest(tablePath) {
      const { Items: items } = await client.send(
        new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: 'tablePath = :tablePath',
          ExpressionAttributeValues: { ':tablePath': { S: tablePath } },
          ConsistentRead: true,
          ScanIndexForward: false,
          Limit: 1,
        }),
      );
      const [item] = items ?? [];
      return item && fromItem(item);
    },

    async putIfAbsent(entry) {
      const outcome = await putOn(
        { Item: toItem(entry), ConditionExpression: 'attribute_not_exists(fileName)' },
        'exists',
      );
      return outcome === 'put' ? 'created' : outcome;
    },

    async replaceIncomplete(entry, expectedTempPath) {
      const outcome = await putOn(
        {
          Item: toItem(entry),
          ConditionExpression: 'tempPath = :tempPath AND complete = :incomplete',
          ExpressionAttributeValues: { ':tempPath': { S: expectedTempPath }, ':incomplete': { S: 'false' } },
        },
        'changed',
      );
      return outcome === 'put' ? 'replaced' : outcome;
    },

    async markComplete(entry, expireTimeS) {
      await client.send(
        new PutItemCommand({ TableName: tableName, Item: toItem({ ...entry, complete: true, expireTimeS }) }),
      );
    },
  };
}

const toItem = ({ tablePath, fileName, tempPath, complete, expireTimeS }: CommitEntry): Item => ({
  tablePath: { S: tablePath },
  fileName: { S: fileName },
  tempPath: { S: tempPath },
  complete: { S: String(complete) },
  ...(expireTimeS === undefined ? {} : { expireTime: { N: String(expireTimeS) } }),
});

function fromItem(item: Item): CommitEntry {
  const text = (name: string): string => {
    const value = item[name]?.S;
    if (value === undefined) {
      throw new CorruptLog(`delta_log item: expected ${name} as text, got ${JSON.stringify(item[name])}`);
    }
    return value;
  };
  const expireTime = item.expireTime?.N;
  return {
    tablePath: text('tablePath'),
    fileName: text('fileName'),
    tempPath: text('tempPath'),
    complete: text('complete') === 'true',
    ...(expireTime === undefined ? {} : { expireTimeS: Number(expireTime) }),
  };
}
