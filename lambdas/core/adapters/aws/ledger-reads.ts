import { BatchGetItemCommand, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { ItemKey } from '#contract/ledger-items.ts';
import { type Item, keyItem } from './ledger-items.ts';

/** DynamoDB's limit of keys in one BatchGetItem. */
const maxBatchKeys = 100;

interface Asked extends PromiseWithResolvers<Item | undefined> {
  key: ItemKey;
}

/**
 * Consistent reads of a table's items. Those that are asked for in one turn of the event loop are one request: an invocation
 * begins with cursors, a table's record and its backlog, and pays for the request as much as for the items.
 */
export function ledgerReads(client: DynamoDBClient, tableName: string): (key: ItemKey) => Promise<Item | undefined> {
  const waiting = new Map<string, Asked>();

  async function readOne(key: ItemKey): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: tableName, Key: keyItem(key), ConsistentRead: true });
    return (await client.send(command)).Item;
  }

  async function readBatch(batch: readonly Asked[]): Promise<void> {
    const Keys = batch.map(({ key }) => keyItem(key));
    const { Responses = {}, UnprocessedKeys = {} } = await client.send(
      new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys, ConsistentRead: true } } }),
    );
    const found = new Map(Responses[tableName]?.map((item) => [textOf(item), item]));
    /** Left out where its partition is throttled: alone, it is asked for again and again. */
    const left = new Set(UnprocessedKeys[tableName]?.Keys?.map(textOf));
    for (const { key, resolve } of batch) {
      const text = textOf(keyItem(key));
      resolve(left.has(text) ? readOne(key) : found.get(text));
    }
  }

  function readWaiting(): void {
    const asked = [...waiting.values()];
    waiting.clear();
    for (let first = 0; first < asked.length; first += maxBatchKeys) {
      const batch = asked.slice(first, first + maxBatchKeys);
      const [only] = batch as [Asked];
      if (batch.length === 1) only.resolve(readOne(only.key));
      else readBatch(batch).catch((error: unknown) => failAll(batch, error));
    }
  }

  return (key) => {
    const text = textOf(keyItem(key));
    const known = waiting.get(text);
    if (known !== undefined) return known.promise;
    const asked = { key, ...Promise.withResolvers<Item | undefined>() };
    if (waiting.size === 0) process.nextTick(readWaiting);
    waiting.set(text, asked);
    return asked.promise;
  };
}

function failAll(batch: readonly Asked[], error: unknown): void {
  for (const { reject } of batch) reject(error);
}

const textOf = ({ pk, sk }: Item): string => JSON.stringify([pk?.S, sk?.S]);
