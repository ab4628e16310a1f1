import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { Readable } from 'node:stream';
import type { Callback, DynaliteStore, ItemDb, KeyRange } from './dynalite.ts';
import { pageBytes } from './dynalite.ts';
import { itemBytes } from './item-size.ts';
import { serviceError, validationError } from './service-error.ts';
import type { Item, TableDescription } from './types.ts';

const maxItemBytes = 400 * 1024;
const maxPageBytes = 1024 * 1024;
const noLimit = -1;
/** Sorts after every key: keys are made of hexadecimal digits and `/`. */
const greatestKey = '~';

export interface TimeToLive {
  attribute: string;
  enabled: boolean;
}

export interface ItemChange {
  table: TableDescription;
  before: Item | undefined;
  after: Item | undefined;
}

/**
 * Tables and items in one SQLite file. A transaction of SQLite's write-ahead log is in the file whole or not at all, whenever
 * the process is killed; nothing is fsynced at a commit, so the death of the machine may lose the last ones. The file is
 * locked for this process.
 */
export function openStore(root: string) {
  mkdirSync(root, { recursive: true });
  const path = join(root, 'dynamodb.sqlite');
  const database = new DatabaseSync(path);
  try {
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS tableDescription (name TEXT PRIMARY KEY, description TEXT NOT NULL, timeToLive TEXT);
      CREATE TABLE IF NOT EXISTS item (space TEXT, key TEXT, value TEXT NOT NULL, expiresAt INTEGER);
      CREATE UNIQUE INDEX IF NOT EXISTS itemByKey ON item (space, key);
      CREATE INDEX IF NOT EXISTS itemByExpiry ON item (space, expiresAt) WHERE expiresAt IS NOT NULL;
    `);
  } catch (cause) {
    database.close();
    throw new Error(`cannot open ${path}: expected no other process to serve this folder`, { cause });
  }
  const selectTable = database.prepare('SELECT description, timeToLive FROM tableDescription WHERE name = ?');
  const upsertTable = database.prepare('INSERT OR REPLACE INTO tableDescription VALUES (?, ?, ?)');
  const selectItem = database.prepare('SELECT value FROM item WHERE space = ? AND key = ?');
  const upsertItem = database.prepare(`INSERT INTO item VALUES (?, ?, ?, ?)
    ON CONFLICT (space, key) DO UPDATE SET value = excluded.value, expiresAt = excluded.expiresAt`);
  const removeItem = database.prepare('DELETE FROM item WHERE space = ? AND key = ?');
  const rangeStatements = new Map<string, StatementSync>();

  const tables = new Map<string, { description: TableDescription; timeToLive: TimeToLive | undefined }>();
  let onItem: (change: ItemChange) => void = () => undefined;

  function findTable(name: string) {
    const cached = tables.get(name);
    if (cached !== undefined) return cached;
    const row = selectTable.get(name) as { description: string; timeToLive: string | null } | undefined;
    if (row === undefined) return undefined;
    const table = {
      description: JSON.parse(row.description) as TableDescription,
      timeToLive: row.timeToLive === null ? undefined : (JSON.parse(row.timeToLive) as TimeToLive),
    };
    tables.set(name, table);
    return table;
  }

  function tableOf(name: string) {
    const found = findTable(name);
    if (found === undefined) {
      throw serviceError('ResourceNotFoundException', `Requested resource not found: Table: ${name} not found`);
    }
    return found;
  }

  function read(space: string, key: string): Item | undefined {
    const row = selectItem.get(space, key) as { value: string } | undefined;
    return row === undefined ? undefined : (JSON.parse(row.value) as Item);
  }

  /** Items in a range, as many as any page of DynamoDB could hold. */
  function readRange(space: string, range: KeyRange, rangeKey: string | undefined): Item[] {
    const where = `key ${range.gt === undefined ? '>=' : '>'} ? AND key ${range.lt === undefined ? '<=' : '<'} ?`;
    const sql = `SELECT value FROM item WHERE space = ? AND ${where} ORDER BY key ${range.reverse ? 'DESC' : 'ASC'}`;
    const statement = rangeStatements.get(sql) ?? database.prepare(sql);
    rangeStatements.set(sql, statement);
    const items: Item[] = [];
    let bytes = 0;
    const found = statement.iterate(space, range.gt ?? range.gte ?? '', range.lt ?? range.lte ?? greatestKey);
    for (const { value } of found as Iterable<{ value: string }>) {
      const item = JSON.parse(value) as Item;
      items.push(item);
      bytes += pageBytes(item, rangeKey);
      if (bytes >= maxPageBytes || items.length === (range.limit ?? noLimit)) break;
    }
    return items;
  }

  /** One space of keys as dynalite sees it; `changed` hears of every write. */
  function itemDb(
    space: string,
    rangeKey: string | undefined,
    expiryOf: (item: Item) => number | null,
    changed: (before: Item | undefined, after: Item | undefined) => void,
  ): ItemDb {
    return {
      lock: (_key, locked) => locked((callback) => callback),
      get: (key, callback) => callback(null, read(space, key)),
      put: (key, item, callback) => {
        if (itemBytes(item) > maxItemBytes) throw validationError('Item size has exceeded the maximum allowed size');
        const before = read(space, key);
        upsertItem.run(space, key, JSON.stringify(item), expiryOf(item));
        changed(before, item);
        callback(null);
      },
      del: (key, callback) => {
        const before = read(space, key);
        removeItem.run(space, key);
        changed(before, undefined);
        callback(null);
      },
      createValueStream: (range) => Readable.from(readRange(space, range, rangeKey)),
    };
  }

  const rangeKeyOf = (table: TableDescription) => table.KeySchema[1]?.AttributeName;
  const indexSpace = (table: TableDescription, index: string) => `${table.TableId}/${index}`;

  const dynaliteStore: DynaliteStore = {
    options: { maxItemSize: maxItemBytes },
    getTable: (name: string, second: boolean | Callback<TableDescription>, third?: Callback<TableDescription>) => {
      const callback = typeof second === 'function' ? second : third!;
      const found = findTable(name);
      if (found !== undefined) return callback(null, found.description);
      const { status, body } = serviceError('ResourceNotFoundException', 'Requested resource not found');
      callback(Object.assign(new Error(body.message), { statusCode: status, body }));
    },
    getItemDb: (name) => {
      const { description, timeToLive } = tableOf(name);
      return itemDb(
        description.TableId,
        rangeKeyOf(description),
        (item) => (timeToLive?.enabled ? expiryOf(item, timeToLive.attribute) : null),
        (before, after) => onItem({ table: description, before, after }),
      );
    },
    getIndexDb: (_kind, name, index) => {
      const { description } = tableOf(name);
      return itemDb(
        indexSpace(description, index),
        rangeKeyOf(description),
        () => null,
        () => undefined,
      );
    },
  };

  return {
    database,
    dynaliteStore,
    tableOf,
    findTable,
    read,
    /** Called with each item written or deleted, inside the transaction that does it. */
    hearItems(listener: (change: ItemChange) => void): void {
      onItem = listener;
    },
    /** All that `act` writes, or nothing of it. */
    atomically<T>(act: () => T): T {
      database.exec('BEGIN IMMEDIATE');
      try {
        const result = act();
        database.exec('COMMIT');
        return result;
      } catch (error) {
        database.exec('ROLLBACK');
        tables.clear();
        throw error;
      }
    },
    tableNames(): string[] {
      const all = database.prepare('SELECT name FROM tableDescription ORDER BY name').all() as { name: string }[];
      return all.map(({ name }) => name);
    },
    putTable(description: TableDescription, timeToLive?: TimeToLive): void {
      upsertTable.run(
        description.TableName,
        JSON.stringify(description),
        timeToLive ? JSON.stringify(timeToLive) : null,
      );
      tables.delete(description.TableName);
    },
    removeTable(description: TableDescription): void {
      database.prepare('DELETE FROM tableDescription WHERE name = ?').run(description.TableName);
      const spaces = [...(description.GlobalSecondaryIndexes ?? []), ...(description.LocalSecondaryIndexes ?? [])];
      const remove = database.prepare('DELETE FROM item WHERE space = ?');
      remove.run(description.TableId);
      for (const { IndexName } of spaces) remove.run(indexSpace(description, IndexName));
      tables.delete(description.TableName);
    },
    itemCount(description: TableDescription): number {
      const row = database.prepare('SELECT count(*) AS count FROM item WHERE space = ?').get(description.TableId);
      return (row as { count: number }).count;
    },
    /** Computes every item's expiry anew, after the table's rule changed. */
    renewExpiries(description: TableDescription, attribute: string | undefined): void {
      const all = database.prepare('SELECT rowid, value FROM item WHERE space = ?').all(description.TableId);
      const update = database.prepare('UPDATE item SET expiresAt = ? WHERE rowid = ?');
      for (const { rowid, value } of all as { rowid: number; value: string }[]) {
        update.run(attribute === undefined ? null : expiryOf(JSON.parse(value), attribute), rowid);
      }
    },
    /** Items whose time is up at `nowSeconds`, some hundreds at most. */
    expired(description: TableDescription, nowSeconds: number, oldestSeconds: number): Item[] {
      const found = database
        .prepare('SELECT value FROM item WHERE space = ? AND expiresAt <= ? AND expiresAt > ? LIMIT 500')
        .all(description.TableId, nowSeconds, oldestSeconds) as { value: string }[];
      return found.map(({ value }) => JSON.parse(value) as Item);
    },
    close: () => database.close(),
  };
}

/** Epoch seconds at which an item may go, where its attribute is a number at all. */
function expiryOf(item: Item, attribute: string): number | null {
  const seconds = Math.trunc(Number(item[attribute]?.N));
  return Number.isSafeInteger(seconds) ? seconds : null;
}

export type Store = ReturnType<typeof openStore>;
