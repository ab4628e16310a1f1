import { PutItemCommand, TransactionCanceledException, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { madeTablesKey, tableKey, tableNameKey, tableNamesPk } from '#contract/ledger-items.ts';
import type { Ledger, TableCap, TableRecord } from '#pipeline/ledger/ledger.ts';
import { type Item, keyItem, numberAttribute, tableItem, tableOf } from './ledger-items.ts';
import { type LedgerTable, pause, unlessRefused } from './ledger-table.ts';

/** Others may create the same table at the same moment this often. */
const maxRaces = 5;
/** Other tables may be counted at the same moment this often. */
const maxCountRaces = 9;

type TableRecords = Pick<
  Ledger,
  'tableNamed' | 'tableById' | 'tables' | 'createTable' | 'createCountedTable' | 'tablesCounted' | 'updateTable'
>;

/** Records of tables, and how many were made. Ids by name are kept for the life of the process: a name never changes its id. */
export function ledgerTableRecords({ client, tableName, read, query }: LedgerTable): TableRecords {
  const idsByName = new Map<string, string>();

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
  };
}
