import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import { ServiceError } from './service-error.ts';
import type { Item, Message, TableDescription } from './types.ts';

/**
 * The parts of dynalite that decide what DynamoDB would answer: its validation, expression parsers and actions. They are
 * written against a store of callbacks; ours calls back at once, so an action is one synchronous step. One thing it does not
 * know: `=` between two lists or two maps is never true.
 */
export type Callback<T = unknown> = (error: unknown, result?: T) => void;

/** A keyed store as dynalite's actions use it. */
export interface ItemDb {
  lock(key: string, locked: (release: <C>(callback: C) => C) => void): void;
  get(key: string, callback: Callback<Item>): void;
  put(key: string, item: Item, callback: Callback): void;
  del(key: string, callback: Callback): void;
  createValueStream(range: KeyRange): Readable;
}

export interface KeyRange {
  gt?: string;
  gte?: string;
  lt?: string;
  lte?: string;
  reverse?: boolean;
  /** -1 for all. */
  limit?: number;
}

export interface DynaliteStore {
  options: { maxItemSize: number };
  getTable(name: string, callback: Callback<TableDescription>): void;
  getTable(name: string, checkStatus: boolean, callback: Callback<TableDescription>): void;
  getItemDb(table: string): ItemDb;
  getIndexDb(kind: string, table: string, index: string): ItemDb;
}

/** A request that passed validation; dynalite hangs its parsed expressions on it. */
export type ValidRequest = Message & { TableName: string };

export type ActionName =
  | 'putItem'
  | 'getItem'
  | 'updateItem'
  | 'deleteItem'
  | 'query'
  | 'scan'
  | 'batchGetItem'
  | 'batchWriteItem';
export type ValidationName = ActionName | 'createTable' | 'deleteTable' | 'describeTable' | 'listTables';

interface Rules {
  types: unknown;
  custom?: unknown;
}

const require = createRequire(import.meta.url);
const validations = require('dynalite/validations') as {
  checkTypes(data: Message, types: unknown): ValidRequest;
  checkValidations(data: Message, types: unknown, custom: unknown, store: DynaliteStore): void;
};
const database = require('dynalite/db') as {
  createKey(item: Item, table: TableDescription): string;
  validateKey(key: Item, table: TableDescription): unknown;
  validateItem(item: Item, table: TableDescription): unknown;
  checkConditional(request: ValidRequest, item: Item | undefined): unknown;
  itemSize(item: Item, compress?: boolean, addMetaSize?: boolean, rangeKey?: string): number;
};

const once = <T>(load: (name: string) => T) => {
  const loaded = new Map<string, T>();
  return (name: string): T => {
    const found = loaded.get(name) ?? load(name);
    loaded.set(name, found);
    return found;
  };
};
const rulesOf = once((name) => require(`dynalite/validations/${name}`) as Rules);
const actionOf = once(
  (name) =>
    require(`dynalite/actions/${name}`) as (store: DynaliteStore, request: ValidRequest, done: Callback) => void,
);

/** dynalite's error as ours; anything else is a bug and stays as it is. */
function asThrown(error: unknown): unknown {
  const { body, statusCode } = error as { body?: ServiceError['body'] & { Message?: string }; statusCode?: number };
  if (body === undefined || statusCode === undefined) return error;
  const { __type, message, Message, ...fields } = body;
  return new ServiceError(__type, message ?? Message ?? '', fields, statusCode);
}

const throwIf = (error: unknown): void => {
  if (error !== undefined && error !== null) throw asThrown(error);
};

/** Checks a request as DynamoDB does before it looks at any table; throws what DynamoDB answers. */
export function validated(name: ValidationName, request: Message, store: DynaliteStore): ValidRequest {
  const { types, custom } = rulesOf(name);
  try {
    const data = validations.checkTypes({ ...request }, types);
    validations.checkValidations(data, types, custom, store);
    return data;
  } catch (error) {
    throw asThrown(error);
  }
}

/** Runs an action that reads and writes single items: it is over when this returns. */
export function runNow(name: ActionName, store: DynaliteStore, request: ValidRequest): Message {
  let end: { error: unknown; result: unknown } | undefined;
  actionOf(name)(store, request, (error, result) => {
    end = { error, result };
  });
  if (end === undefined) throw new Error(`expected ${name} to be over at once`);
  throwIf(end.error);
  return end.result as Message;
}

/** Runs an action that streams; what it reads is fixed when this returns. */
export function run(name: ActionName, store: DynaliteStore, request: ValidRequest): Promise<Message> {
  return new Promise((resolve, reject) => {
    actionOf(name)(store, request, (error, result) => {
      if (error === undefined || error === null) resolve(result as Message);
      else reject(asThrown(error));
    });
  });
}

/** An item's place: text that sorts as DynamoDB sorts. */
export const keyOf = (item: Item, table: TableDescription): string => database.createKey(item, table);
export const checkKey = (key: Item, table: TableDescription): void => throwIf(database.validateKey(key, table));
export const isKey = (key: Item, table: TableDescription): boolean => {
  const error = database.validateKey(key, table);
  return error === undefined || error === null;
};
export const checkItem = (item: Item, table: TableDescription): void => throwIf(database.validateItem(item, table));
export const checkCondition = (request: ValidRequest, item: Item | undefined): void =>
  throwIf(database.checkConditional(request, item));
/** Bytes of an item towards a page's limit, an upper bound. */
export const pageBytes = (item: Item, rangeKey: string | undefined): number =>
  database.itemSize(item, true, true, rangeKey);
