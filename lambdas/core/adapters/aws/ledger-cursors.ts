import {
  ConditionalCheckFailedException,
  ScanCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { cursorKey } from '#contract/ledger-items.ts';
import type { Cursor, Ledger } from '#pipeline/ledger/ledger.ts';
import { cursorOf, type Item, keyItem, numberAttribute, toCursor } from './ledger-items.ts';
import { type LedgerTable, unlessRefused } from './ledger-table.ts';

type Cursors = Pick<Ledger, 'beginAttempt' | 'beginLoneAttempt' | 'endAttempt' | 'readCursor' | 'cursors'>;

/** Attributes of a cursor that count attempts: how many, and where they began. */
interface Counter {
  count: 'attempts' | 'loneAttempts';
  place: 'attemptedPosition' | 'lonePosition';
}

const ofBatches: Counter = { count: 'attempts', place: 'attemptedPosition' };
const ofLoneRecords: Counter = { count: 'loneAttempts', place: 'lonePosition' };

/** Cursors of source partitions, and the attempts counted with them. */
export function ledgerCursors({ client, tableName, read }: LedgerTable): Cursors {
  /** Counts an attempt, from 1 where those before began elsewhere; and answers the cursor's item as it was. */
  async function countAttempt(sourcePartition: string, position: string, { count, place }: Counter) {
    const update = (request: Pick<UpdateItemCommandInput, 'UpdateExpression' | 'ConditionExpression'>) =>
      client.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key: keyItem(cursorKey(sourcePartition)),
          ExpressionAttributeNames: { '#count': count, '#place': place },
          ExpressionAttributeValues: { ':one': numberAttribute(1), ':position': { S: position } },
          ReturnValues: 'ALL_OLD',
          ...request,
        }),
      );
    try {
      const { Attributes: before = {} } = await update({
        UpdateExpression: 'SET #place = :position ADD #count :one',
        ConditionExpression: 'attribute_not_exists(#count) OR #place = :position',
      });
      return { before, attempts: Number(before[count]?.N ?? 0) + 1 };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const { Attributes: before = {} } = await update({ UpdateExpression: 'SET #place = :position, #count = :one' });
      return { before, attempts: 1 };
    }
  }

  return {
    async beginAttempt(sourcePartition, position) {
      const { before, attempts } = await countAttempt(sourcePartition, position, ofBatches);
      return { ...toCursor(sourcePartition, before), attempts, attemptedPosition: position };
    },

    async beginLoneAttempt(sourcePartition, position) {
      return (await countAttempt(sourcePartition, position, ofLoneRecords)).attempts;
    },

    async endAttempt(sourcePartition) {
      await unlessRefused(
        client.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: keyItem(cursorKey(sourcePartition)),
            UpdateExpression: 'REMOVE attempts, attemptedPosition, loneAttempts, lonePosition',
            ConditionExpression: 'attribute_exists(attempts)',
          }),
        ),
      );
    },

    async readCursor(sourcePartition) {
      const item = await read(cursorKey(sourcePartition));
      return item && toCursor(sourcePartition, item);
    },

    async *cursors(): AsyncGenerator<Cursor> {
      let from: Item | undefined;
      do {
        const { Items = [], LastEvaluatedKey } = await client.send(
          new ScanCommand({
            TableName: tableName,
            FilterExpression: 'begins_with(pk, :cursor)',
            ExpressionAttributeValues: { ':cursor': { S: cursorKey('').pk } },
            ConsistentRead: true,
            ...(from === undefined ? {} : { ExclusiveStartKey: from }),
          }),
        );
        yield* Items.map(cursorOf);
        from = LastEvaluatedKey;
      } while (from !== undefined);
    },
  };
}
