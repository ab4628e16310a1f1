import { randomUUID } from 'node:crypto';
import { type DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { backlogKey, leaseKey, repairTallyKey } from '#contract/ledger-items.ts';
import { type BundleStore, withBundles } from '#pipeline/ledger/bundles.ts';
import type { Ledger } from '#pipeline/ledger/ledger.ts';
import { ledgerCursors } from './ledger-cursors.ts';
import { ledgerIdentity } from './ledger-identity.ts';
import { backlogItem, backlogOf, keyItem, numberAttribute, repairTallyItem, repairTallyOf } from './ledger-items.ts';
import { ledgerManifests } from './ledger-manifests.ts';
import { ledgerTable, unlessRefused } from './ledger-table.ts';
import { ledgerTableRecords } from './ledger-table-records.ts';

/**
 * The ledger in one DynamoDB table; `contract/ledger-items.ts` has its keys. Its id and those of tables are found out once in
 * the life of the process: a physical table never changes them.
 */
export function dynamodbLedger(client: DynamoDBClient, tableName: string, newId: () => string = randomUUID): Ledger {
  return withBundles(dynamodbLedgerStore(client, tableName, newId), newId);
}

/** The same, for transactions of as many items as DynamoDB takes. */
export function dynamodbLedgerStore(
  client: DynamoDBClient,
  tableName: string,
  newId: () => string = randomUUID,
): BundleStore {
  let identity: Promise<string> | undefined;
  const table = ledgerTable(client, tableName);

  return {
    ...ledgerCursors(table),
    ...ledgerTableRecords(table),
    ...ledgerManifests(table),

    id() {
      identity ??= ledgerIdentity(client, tableName, newId).catch((error: unknown) => {
        identity = undefined;
        throw error;
      });
      return identity;
    },

    async backlogOf(tableId) {
      const item = await table.read(backlogKey(tableId));
      return item && backlogOf(item);
    },

    async publishBacklog(tableId, backlog) {
      await client.send(new PutItemCommand({ TableName: tableName, Item: backlogItem(tableId, backlog) }));
    },

    async repairTallyOf(tableId) {
      const item = await table.read(repairTallyKey(tableId));
      return item && repairTallyOf(item);
    },

    async publishRepairTally(tableId, tally) {
      const outcome = await unlessRefused(
        client.send(
          new PutItemCommand({
            TableName: tableName,
            Item: repairTallyItem(tableId, tally),
            ...(tally.revision === 1
              ? { ConditionExpression: 'attribute_not_exists(pk)' }
              : {
                  ConditionExpression: 'revision = :before',
                  ExpressionAttributeValues: { ':before': numberAttribute(tally.revision - 1) },
                }),
          }),
        ),
      );
      return outcome === 'done' ? 'published' : 'refused';
    },

    async renewLease(tableId, owner, expiresAtS) {
      const outcome = await unlessRefused(
        client.send(
          new UpdateItemCommand({
            TableName: tableName,
            Key: keyItem(leaseKey(tableId)),
            UpdateExpression: 'SET expiresAtS = :until',
            ConditionExpression: '#owner = :owner',
            ExpressionAttributeNames: { '#owner': 'owner' },
            ExpressionAttributeValues: { ':owner': { S: owner }, ':until': numberAttribute(expiresAtS) },
          }),
        ),
      );
      return outcome === 'done' ? 'renewed' : 'lost';
    },
  };
}
