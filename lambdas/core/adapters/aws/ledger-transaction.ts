import {
  type DynamoDBClient,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { bundleKey, cursorKey } from '#contract/ledger-items.ts';
import type { Bundle } from '#pipeline/ledger/bundles.ts';
import type { CursorMove, Transaction } from '#pipeline/ledger/ledger.ts';
import { manifestKeyOf } from '#pipeline/ledger/manifest-key.ts';
import { bundleItems, cursorValues, type Item, keyItem, manifestItem, numberAttribute } from './ledger-items.ts';
import { pause } from './ledger-table.ts';
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

/** A cancellation that no condition asked for: nothing happened, and asking again may succeed. The SDK does not. */
const passing: ReadonlySet<string> = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

/** Sends one transaction; see `Ledger.stage`. */
export const sendTransaction = (
  client: DynamoDBClient,
  tableName: string,
  transaction: Transaction,
): Promise<'staged' | 'refused' | 'unknown'> => send(client, itemsOf(tableName, transaction));

/** Sends the moves of cursors with a bundle; see `BundleStore.stageBundle`. */
export const sendBundle = (
  client: DynamoDBClient,
  tableName: string,
  moves: readonly CursorMove[],
  bundle: Bundle,
): Promise<'staged' | 'refused' | 'unknown'> =>
  send(client, [
    ...moves.map((move) => ({ Update: cursorUpdate(tableName, move) })),
    ...bundleItems(bundle).map((Item) => ({
      Put: { TableName: tableName, Item, ConditionExpression: 'attribute_not_exists(pk)' },
    })),
  ]);

/** Stages the next manifests of a bundle; see `BundleStore.placeNext`. */
export async function placeManifests(
  client: DynamoDBClient,
  tableName: string,
  bundle: Bundle,
  count: number,
): Promise<'placed' | 'refused' | 'unknown'> {
  const { id, manifests, placed } = bundle;
  const condition = {
    ConditionExpression: 'placed = :placed',
    ExpressionAttributeValues: { ':placed': numberAttribute(placed) },
  };
  const keyOf = (part: number) => ({ TableName: tableName, Key: keyItem(bundleKey(id, part)) });
  const isLast = placed + count === manifests.length;
  const progress: TransactWriteItem[] = isLast
    ? bundleItems(bundle).map((_, part) => ({ Delete: { ...keyOf(part), ...(part === 0 ? condition : {}) } }))
    : [{ Update: { ...keyOf(0), UpdateExpression: 'SET placed = :next', ...withNext(condition, placed + count) } }];
  const next = itemsOf(tableName, { moves: [], manifests: manifests.slice(placed, placed + count) });
  const outcome = await send(client, [...progress, ...next]);
  return outcome === 'staged' ? 'placed' : outcome;
}

const withNext = <Condition extends { ExpressionAttributeValues: Item }>(condition: Condition, next: number) => ({
  ...condition,
  ExpressionAttributeValues: { ...condition.ExpressionAttributeValues, ':next': numberAttribute(next) },
});

/** Such cancellations in a row, later and later, before it is left to the caller, who makes everything anew. */
const maxPassing = 5;

async function send(client: DynamoDBClient, items: TransactWriteItem[]): Promise<'staged' | 'refused' | 'unknown'> {
  if (items.length > maxItems) {
    throw new RangeError(`expected a transaction of at most ${maxItems} items, got ${items.length}`);
  }
  if (items.length === 0) return 'staged';
  for (let round = 1; ; round++) {
    try {
      await client.send(new TransactWriteItemsCommand({ TransactItems: items }));
      return 'staged';
    } catch (error) {
      const codes = error instanceof TransactionCanceledException ? codesOf(error) : [];
      if (codes.includes('ConditionalCheckFailed')) return 'refused';
      const isPassing = codes.some((code) => passing.has(code));
      if (!isPassing && !isUnclear(error)) throw error;
      if (!isPassing || round === maxPassing) return 'unknown';
    }
    await pause(round);
  }
}

const codesOf = ({ CancellationReasons = [] }: TransactionCanceledException): string[] =>
  CancellationReasons.map(({ Code = 'None' }) => Code);

/** Throttled requests had no effect; two requests with one token may still be at it. */
const isUnclear = (error: unknown): boolean =>
  mayHaveTakenEffect(error) ||
  [
    'ThrottlingException',
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'TransactionInProgressException',
  ].includes((error as Error).name);
