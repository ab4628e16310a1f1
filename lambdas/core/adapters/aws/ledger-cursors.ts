import { ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { cursorKey } from '#contract/ledger-items.ts';
import type { Cursor, Ledger } from '#pipeline/ledger/ledger.ts';
import { cursorOf, type Item, keyItem, numberAttribute, toCursor } from './ledger-items.ts';
import { type LedgerTable, unlessRefused } from './ledger-table.ts';

type Cursors = Pick<Ledger, 'beginAttempt' | 'beginLoneAttempt' | 'endAttempt' | 'readCursor' | 'cursors'>;

/** Cursors of source partitions, and the attempts counted with them. */
export function ledgerCursors({ client, tableName, read }: LedgerTable): Cursors {
  async function countAnew(sourcePartition: string, position: string): Promise<void> {
    await unlessRefused(
      client.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key: keyItem(cursorKey(sourcePartition)),
          UpdateExpression: 'SET attempts = :one',
          ConditionExpression: 'attemptedPosition = :position',
          ExpressionAttributeValues: { ':one': numberAttribute(1), ':position': { S: position } },
        }),
      ),
    );
  }

  return {
    async beginAttempt(sourcePartition, position) {
      const { Attributes: old = {} } = await client.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key: keyItem(cursorKey(sourcePartition)),
          UpdateExpression: 'SET attemptedPosition = :position ADD attempts :one',
          ExpressionAttributeValues: { ':position': { S: position }, ':one': numberAttribute(1) },
          ReturnValues: 'ALL_OLD',
        }),
      );
      const cursor = toCursor(sourcePartition, old);
      const isSame = cursor.attempts === 0 || cursor.attemptedPosition === position;
      const attempts = isSame ? cursor.attempts + 1 : 1;
      if (!isSame) await countAnew(sourcePartition, position);
      return { ...cursor, attempts, attemptedPosition: position };
    },

    async beginLoneAttempt(sourcePartition, position) {
      const { Attributes: old = {} } = await client.send(
        new UpdateItemCommand({
          TableName: tableName,
          Key: keyItem(cursorKey(sourcePartition)),
          UpdateExpression: 'SET lonePosition = :position ADD loneAttempts :one',
          ExpressionAttributeValues: { ':position': { S: position }, ':one': numberAttribute(1) },
          ReturnValues: 'ALL_OLD',
        }),
      );
      const before = Number(old.loneAttempts?.N ?? 0);
      if (before === 0 || old.lonePosition?.S === position) return before + 1;
      await unlessRefused(
        client.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: keyItem(cursorKey(sourcePartition)),
            UpdateExpression: 'SET loneAttempts = :one',
            ConditionExpression: 'lonePosition = :position',
            ExpressionAttributeValues: { ':one': numberAttribute(1), ':position': { S: position } },
          }),
        ),
      );
      return 1;
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
