import { createHash } from 'node:crypto';
import { type AccessKind, type Capacity, readUnits, type Target, throttled } from './capacity.ts';
import {
  checkCondition,
  checkItem,
  checkKey,
  keyOf,
  runNow,
  type ValidationName,
  type ValidRequest,
  validated,
} from './dynalite.ts';
import { itemBytes } from './item-size.ts';
import { ServiceError, serviceError, validationError } from './service-error.ts';
import type { Store } from './store.ts';
import type { Item, Message } from './types.ts';

const maxItems = 100;
const maxBytes = 4 * 1024 * 1024;
const tokenLifeMs = 10 * 60 * 1000;
/** A transaction prepares and commits each item: both cost. */
const transactionFactor = 2;

const writeActions = {
  Put: 'putItem',
  Update: 'updateItem',
  Delete: 'deleteItem',
  ConditionCheck: 'deleteItem',
} as const;
type WriteKind = keyof typeof writeActions;

interface Step extends Target {
  kind: WriteKind;
  request: ValidRequest;
  /** `<table id>/<item's place>` */
  target: string;
  returnsItem: boolean;
}

interface Reason {
  Code:
    | 'None'
    | 'ConditionalCheckFailed'
    | 'ValidationError'
    | 'TransactionConflict'
    | 'ThrottlingError'
    | 'ProvisionedThroughputExceeded';
  Message?: string;
  Item?: Item;
}

/** What DynamoDB answers when a transaction changed nothing, with a reason for each of its items. */
export function transactionCanceled(reasons: Reason[]): ServiceError {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`;
  return serviceError('TransactionCanceledException', message, { Message: message, CancellationReasons: reasons });
}

/** TransactWriteItems and TransactGetItems: each is one transaction of the store. */
export function openTransactions(store: Store, capacity: Capacity, now: () => number) {
  store.database.exec(
    'CREATE TABLE IF NOT EXISTS requestToken (token TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, createdMs INTEGER NOT NULL)',
  );
  const selectToken = store.database.prepare('SELECT fingerprint FROM requestToken WHERE token = ? AND createdMs > ?');
  const insertToken = store.database.prepare('INSERT OR REPLACE INTO requestToken VALUES (?, ?, ?)');
  const trimTokens = store.database.prepare('DELETE FROM requestToken WHERE createdMs <= ?');

  function entriesOf(request: Message): Message[] {
    const entries = request.TransactItems;
    if (!Array.isArray(entries) || entries.length < 1 || entries.length > maxItems) {
      const size = Array.isArray(entries) ? entries.length : 0;
      throw validationError(
        `1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length ${
          size < 1 ? 'greater than or equal to 1' : `less than or equal to ${maxItems}`
        }`,
      );
    }
    return entries as Message[];
  }

  function stepOf(entry: Message): Step {
    const kinds = Object.keys(entry).filter((kind) => entry[kind] !== undefined);
    const kind = kinds[0] as WriteKind | undefined;
    if (kinds.length !== 1 || kind === undefined || !(kind in writeActions)) {
      throw validationError(
        `TransactItems can only contain one of Check, Put, Update or Delete, found ${kinds.join(', ') || 'none'}`,
      );
    }
    const raw = entry[kind] as Message;
    const required =
      kind === 'ConditionCheck' ? 'ConditionExpression' : kind === 'Update' ? 'UpdateExpression' : undefined;
    if (required !== undefined && typeof raw[required] !== 'string') {
      throw validationError(`1 validation error detected: '${required}' of ${kind} must not be null`);
    }
    const request = validated(writeActions[kind] satisfies ValidationName, raw, store.dynaliteStore);
    const { description } = store.tableOf(request.TableName);
    const item = (kind === 'Put' ? request.Item : request.Key) as Item;
    if (kind === 'Put') checkItem(item, description);
    else checkKey(item, description);
    const target = `${description.TableId}/${keyOf(item, description)}`;
    return {
      kind,
      request,
      table: description,
      key: item,
      target,
      returnsItem: raw.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
    };
  }

  /** A partition that has no units left stands against the whole transaction. */
  function throttling(kind: AccessKind, { table, key }: Target): Reason | undefined {
    if (capacity.admits(kind, { table, key })) return undefined;
    const Code = table.BillingModeSummary === undefined ? 'ProvisionedThroughputExceeded' : 'ThrottlingError';
    return { Code, Message: throttled(kind, table).message };
  }

  const current = ({ table, target }: Step): Item | undefined =>
    store.read(table.TableId, target.slice(table.TableId.length + 1));

  /** Runs one step; what stands against it is its reason. */
  function reasonOf(step: Step): Reason {
    const reason = throttling('write', step);
    if (reason !== undefined) return reason;
    try {
      if (step.kind === 'ConditionCheck') checkCondition(step.request, current(step));
      else runNow(writeActions[step.kind], store.dynaliteStore, step.request);
      return { Code: 'None' };
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      if (error.name === 'ConditionalCheckFailedException') {
        const item = step.returnsItem ? current(step) : undefined;
        return { Code: 'ConditionalCheckFailed', Message: error.message, ...(item !== undefined && { Item: item }) };
      }
      if (error.name === 'ValidationException') return { Code: 'ValidationError', Message: error.message };
      throw error;
    }
  }

  function checkTargets(steps: Step[]): void {
    const targets = new Set(steps.map(({ target }) => target));
    if (targets.size < steps.length) {
      throw validationError('Transaction request cannot include multiple operations on one item');
    }
  }

  /** DynamoDB counts the items as they are after the transaction. */
  function checkBytes(steps: Step[]): void {
    let bytes = 0;
    for (const step of steps)
      bytes += itemBytes(step.kind === 'Put' ? (step.request.Item as Item) : (current(step) ?? {}));
    if (bytes > maxBytes) {
      throw validationError(`Transaction size cannot exceed ${maxBytes} bytes: the items have ${bytes}`);
    }
  }

  return {
    operations: {
      TransactWriteItems(request: Message): Message {
        const entries = entriesOf(request);
        const token = request.ClientRequestToken as string | undefined;
        if (token !== undefined && (token.length < 1 || token.length > 36)) {
          throw validationError(`ClientRequestToken of ${token.length} characters: expected 1 to 36`);
        }
        const fingerprint = createHash('sha256').update(JSON.stringify(entries)).digest('base64');
        const steps = entries.map(stepOf);
        checkTargets(steps);
        const act = () => {
          if (token !== undefined) {
            const used = selectToken.get(token, now() - tokenLifeMs) as { fingerprint: string } | undefined;
            if (used?.fingerprint === fingerprint) return;
            if (used !== undefined) {
              throw serviceError(
                'IdempotentParameterMismatchException',
                `ClientRequestToken ${token} was used with other parameters within the last 10 minutes`,
              );
            }
          }
          const reasons = steps.map(reasonOf);
          if (reasons.some(({ Code }) => Code !== 'None')) throw transactionCanceled(reasons);
          checkBytes(steps);
          if (token !== undefined) insertToken.run(token, fingerprint, now());
        };
        capacity.writing(steps, transactionFactor, () => store.atomically(act));
        return {};
      },

      TransactGetItems(request: Message): Message {
        const gets = entriesOf(request).map((entry) => {
          if (typeof entry.Get !== 'object' || entry.Get === null) {
            throw validationError(
              `TransactItems of a read: expected Get, found ${Object.keys(entry).join(', ') || 'none'}`,
            );
          }
          return validated('getItem', entry.Get as Message, store.dynaliteStore);
        });
        const targets = gets.map(({ TableName, Key }) => ({
          table: store.tableOf(TableName).description,
          key: Key as Item,
        }));
        const reasons = targets.map((target) => throttling('read', target) ?? { Code: 'None' as const });
        if (reasons.some(({ Code }) => Code !== 'None')) throw transactionCanceled(reasons);
        const Responses = gets.map((get) => runNow('getItem', store.dynaliteStore, get));
        for (const [index, { Item: item }] of Responses.entries()) {
          const units = readUnits(itemBytes((item as Item | undefined) ?? {}), true);
          capacity.spend('read', targets[index]!, transactionFactor * units);
        }
        const bytes = Responses.reduce((sum, { Item: item }) => sum + itemBytes((item as Item | undefined) ?? {}), 0);
        if (bytes > maxBytes)
          throw validationError(`Transaction size cannot exceed ${maxBytes} bytes: the items have ${bytes}`);
        return { Responses };
      },
    },
    trim: () => trimTokens.run(now() - tokenLifeMs),
  };
}
