import { randomUUID } from 'node:crypto';
import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import {
  backlogKey,
  bundleKey,
  bundlesPk,
  cursorKey,
  type ItemKey,
  leaseKey,
  madeTablesKey,
  manifestBuckets,
  manifestPk,
  repairTallyKey,
  tableKey,
  tableNameKey,
  tableNamesPk,
} from '#contract/ledger-items.ts';
import { type BundleStore, withBundles } from '#pipeline/ledger/bundles.ts';
import type { Cursor, Ledger, TableCap, TableRecord } from '#pipeline/ledger/ledger.ts';
import type { Manifest } from '#pipeline/ledger/manifest.ts';
import { manifestKeyOf } from '#pipeline/ledger/manifest-key.ts';
import { ledgerIdentity } from './ledger-identity.ts';
import {
  backlogItem,
  backlogOf,
  bundleIdOf,
  bundleOfParts,
  cursorOf,
  type Item,
  keyItem,
  manifestOf,
  numberAttribute,
  partsOf,
  repairTallyItem,
  repairTallyOf,
  tableItem,
  tableOf,
  toCursor,
} from './ledger-items.ts';
import { placeManifests, sendBundle, sendTransaction } from './ledger-transaction.ts';

/** DynamoDB's limit of items in one BatchWriteItem. */
const maxBatchItems = 25;
/** Unprocessed deletes are sent again this often, later and later. */
const maxBatchRounds = 8;
/** Others may create the same table at the same moment this often. */
const maxRaces = 5;
/** Other tables may be counted at the same moment this often. */
const maxCountRaces = 9;

const pause = (round: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, 25 * 2 ** round));

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
  const idsByName = new Map<string, string>();

  async function read(key: ItemKey): Promise<Item | undefined> {
    const command = new GetItemCommand({ TableName: tableName, Key: keyItem(key), ConsistentRead: true });
    return (await client.send(command)).Item;
  }

  async function* query(pk: string): AsyncGenerator<Item> {
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
  }

  async function tableById(tableId: string): Promise<TableRecord | undefined> {
    const item = await read(tableKey(tableId));
    return item && tableOf(item);
  }

  /** A name keeps its id: it is put once and never again. */
  async function tableNamed(name: string): Promise<TableRecord | undefined> {
    const knownId = idsByName.get(name);
    const known = knownId === undefined ? undefined : await tableById(knownId);
    if (known !== undefined) return known;
    const tableId = (await read(tableNameKey(name)))?.tableId?.S;
    if (tableId === undefined) return undefined;
    idsByName.set(name, tableId);
    return tableById(tableId);
  }

  async function deleteKeys(keys: readonly ItemKey[]): Promise<void> {
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

  /**
   * Both items of a new table, counted where there is a cap, or nothing; `refused` also where another creates it, or is counted, at
   * this moment; `full` where its name is free and no more are to be counted.
   */
  async function putTable(record: TableRecord, cap?: TableCap): Promise<'put' | 'refused' | 'full'> {
    const name = { ...keyItem(tableNameKey(record.tableName)), tableId: { S: record.tableId } };
    const put = (Item: Item) => ({
      Put: { TableName: tableName, Item, ConditionExpression: 'attribute_not_exists(pk)' },
    });
    try {
      const counted = cap === undefined ? [] : [countTable(cap)];
      await client.send(
        new TransactWriteItemsCommand({ TransactItems: [put(name), put(tableItem(record)), ...counted] }),
      );
      return 'put';
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const [nameReason, , countReason] = error.CancellationReasons ?? [];
      const failed = 'ConditionalCheckFailed';
      return countReason?.Code === failed && nameReason?.Code !== failed ? 'full' : 'refused';
    }
  }

  const countTable = ({ counter, limit }: TableCap) => ({
    Update: {
      TableName: tableName,
      Key: keyItem(madeTablesKey(counter)),
      UpdateExpression: 'ADD made :one',
      ConditionExpression: limit === 0 ? 'made < :limit' : 'attribute_not_exists(made) OR made < :limit',
      ExpressionAttributeValues: { ':one': numberAttribute(1), ':limit': numberAttribute(limit) },
    },
  });

  return {
    id() {
      identity ??= ledgerIdentity(client, tableName, newId).catch((error: unknown) => {
        identity = undefined;
        throw error;
      });
      return identity;
    },

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

    stage: (transaction) => sendTransaction(client, tableName, transaction),
    stageBundle: (moves, bundle) => sendBundle(client, tableName, moves, bundle),
    placeNext: (bundle, count) => placeManifests(client, tableName, bundle, count),

    async bundleOf(bundleId) {
      const first = await read(bundleKey(bundleId, 0));
      if (first === undefined) return undefined;
      const more = Array.from({ length: partsOf(first) - 1 }, (_, part) => read(bundleKey(bundleId, part + 1)));
      const parts = [first, ...(await Promise.all(more))];
      /** Placed to the end while its parts were read. */
      return parts.every((part) => part !== undefined) ? bundleOfParts(parts) : undefined;
    },

    async bundles() {
      const parts = Map.groupBy(await Array.fromAsync(query(bundlesPk)), bundleIdOf);
      const whole = [...parts.values()].filter(
        ([first, ...more]) => first !== undefined && partsOf(first) === more.length + 1,
      );
      return whole.map(bundleOfParts);
    },

    tableNamed,
    tableById,

    async *tables() {
      for await (const { tableId } of query(tableNamesPk)) {
        const table = await tableById(tableId?.S ?? '');
        if (table !== undefined) yield table;
      }
    },

    async createTable(record) {
      for (let race = 0; race < maxRaces; race++) {
        const present = await tableNamed(record.tableName);
        if (present !== undefined) return present;
        if (race > 0) await pause(race);
        if ((await putTable(record)) === 'put') return record;
      }
      throw new Error(`table ${record.tableName}: expected to be created within ${maxRaces} rounds`);
    },

    async createCountedTable(record, cap) {
      for (let race = 0; race < maxCountRaces; race++) {
        const present = await tableNamed(record.tableName);
        if (present !== undefined) return present;
        if (race > 0) await pause(race);
        const outcome = await putTable(record, cap);
        if (outcome === 'put') return record;
        if (outcome === 'full') return 'full';
      }
      throw new Error(`table ${record.tableName}: expected to be created within ${maxCountRaces} rounds`);
    },

    async tablesCounted(counter) {
      return Number((await read(madeTablesKey(counter)))?.made?.N ?? 0);
    },

    async updateTable(record, expectedSchemaVersion) {
      const outcome = await unlessRefused(
        client.send(
          new PutItemCommand({
            TableName: tableName,
            Item: tableItem(record),
            ConditionExpression: 'schemaVersion = :expected',
            ExpressionAttributeValues: { ':expected': numberAttribute(expectedSchemaVersion) },
          }),
        ),
      );
      if (outcome === 'done') return record;
      const present = await tableById(record.tableId);
      if (present === undefined) throw new Error(`expected a record of table ${record.tableId}, found none`);
      return present;
    },

    async manifestsOf(tableId) {
      const buckets = Array.from({ length: manifestBuckets }, async (_, bucket) => {
        const manifests: Manifest[] = [];
        for await (const item of query(manifestPk(tableId, bucket))) manifests.push(manifestOf(item));
        return manifests;
      });
      return (await Promise.all(buckets)).flat();
    },

    async deleteManifests(manifests) {
      for (let first = 0; first < manifests.length; first += maxBatchItems) {
        await deleteKeys(manifests.slice(first, first + maxBatchItems).map(manifestKeyOf));
      }
    },

    async backlogOf(tableId) {
      const item = await read(backlogKey(tableId));
      return item && backlogOf(item);
    },

    async publishBacklog(tableId, backlog) {
      await client.send(new PutItemCommand({ TableName: tableName, Item: backlogItem(tableId, backlog) }));
    },

    async repairTallyOf(tableId) {
      const item = await read(repairTallyKey(tableId));
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
}

/** `refused`: the request's condition did not hold. */
async function unlessRefused(request: Promise<unknown>): Promise<'done' | 'refused'> {
  try {
    await request;
    return 'done';
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return 'refused';
    throw error;
  }
}
