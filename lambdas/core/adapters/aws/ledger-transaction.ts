import {
  type DynamoDBClient,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { cursorKey } from '#contract/ledger-items.ts';
import type { CursorMove, Transaction } from '#pipeline/ledger/ledger.ts';
import { manifestKeyOf } from '#pipeline/ledger/manifest-key.ts';
import { cursorValues, keyItem, manifestItem, numberAttribute } from './ledger-items.ts';
import { mayHaveTakenEffect } from './unclear-outcome.ts';

/** DynamoDB's limit of items in one transaction. */
const maxItems = 100;

const namesOfItems = {
  '#position': 'position',
  '#revision': 'revision',
  '#body': 'body',
  '#format': 'format',
  '#attempts': 'attempts',
  '#attemptedPosition': 'attemptedPosition',
  '#loneAttempts': 'loneAttempts',
  '#lonePosition': 'lonePosition',
};

/** The items of one transaction, each with the condition that keeps it from happening twice. */
function itemsOf(
  tableName: string,
  { moves, manifests, removed = [], replaced = [] }: Transaction,
): TransactWriteItem[] {
  return [
    ...moves.map((move) => ({ Update: cursorUpdate(tableName, move) })),
    ...manifests.map((manifest) => ({
      Put: {
        TableName: tableName,
        Item: manifestItem(manifest),
        ConditionExpression: 'attribute_not_exists(pk)',
      },
    })),
    ...removed.map((manifest) => ({
      Delete: {
        TableName: tableName,
        Key: keyItem(manifestKeyOf(manifest)),
        ConditionExpression: 'attribute_exists(pk)',
      },
    })),
    ...replaced.map((manifest) => ({
      Put: {
        TableName: tableName,
        Item: manifestItem(manifest),
        ConditionExpression: 'attribute_exists(pk)',
      },
    })),
  ];
}

function cursorUpdate(tableName: string, move: CursorMove) {
  const isFirst = move.expectedRevision === 0;
  const isPlaced = move.next.position !== undefined;
  return {
    TableName: tableName,
    Key: keyItem(cursorKey(move.sourcePartition)),
    UpdateExpression: `SET ${isPlaced ? '#position = :position, ' : ''}#revision = :revision, #body = :body, #format = :format REMOVE ${isPlaced ? '' : '#position, '}#attempts, #attemptedPosition, #loneAttempts, #lonePosition`,
    ConditionExpression: isFirst ? 'attribute_not_exists(#revision)' : '#revision = :expected',
    ExpressionAttributeNames: namesOfItems,
    ExpressionAttributeValues: {
      ...cursorValues(move),
      ...(isFirst ? {} : { ':expected': numberAttribute(move.expectedRevision) }),
    },
  };
}

/** A cancellation that no condition asked for: nothing happened, and asking again may succeed. */
const passing: ReadonlySet<string> = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

/** Sends one transaction; see `Ledger.stage`. */
export async function sendTransaction(
  client: DynamoDBClient,
  tableName: string,
  transaction: Transaction,
): Promise<'staged' | 'refused' | 'unknown'> {
  const items = itemsOf(tableName, transaction);
  if (items.length > maxItems) {
    throw new RangeError(`expected a transaction of at most ${maxItems} items, got ${items.length}`);
  }
  if (items.length === 0) return 'staged';
  try {
    await client.send(new TransactWriteItemsCommand({ TransactItems: items }));
    return 'staged';
  } catch (error) {
    if (error instanceof TransactionCanceledException) {
      const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code ?? 'None');
      if (codes.includes('ConditionalCheckFailed')) return 'refused';
      if (codes.some((code) => passing.has(code))) return 'unknown';
    }
    if (isUnclear(error)) return 'unknown';
    throw error;
  }
}

/** Throttled requests had no effect; two requests with one token may still be at it. */
const isUnclear = (error: unknown): boolean =>
  mayHaveTakenEffect(error) ||
  [
    'ThrottlingException',
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'TransactionInProgressException',
  ].includes((error as Error).name);
