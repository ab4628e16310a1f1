import { type ActionName, keyOf, run, runNow, type ValidRequest, validated } from './dynalite.ts';
import { ServiceError } from './service-error.ts';
import type { Store } from './store.ts';
import type { Item, Message } from './types.ts';

/** Operations on single items and ranges of them: dynalite decides, the store keeps. */
export function itemOperations(store: Store) {
  const { dynaliteStore } = store;
  const valid = (name: ActionName, request: Message) => validated(name, request, dynaliteStore);

  /** The item that a failed condition met, where the caller asked for it. */
  function withItem(error: unknown, request: Message, checked: ValidRequest): unknown {
    const isWanted = request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
    if (!isWanted || !(error instanceof ServiceError) || error.name !== 'ConditionalCheckFailedException') return error;
    const { description } = store.tableOf(checked.TableName);
    const item = store.read(description.TableId, keyOf((checked.Key ?? checked.Item) as Item, description));
    const { __type, message = '' } = error.body;
    return item === undefined ? error : new ServiceError(__type, message, { Item: item });
  }

  const write =
    (name: 'putItem' | 'updateItem' | 'deleteItem') =>
    (request: Message): Message => {
      const checked = valid(name, request);
      try {
        return store.atomically(() => runNow(name, dynaliteStore, checked));
      } catch (error) {
        throw withItem(error, request, checked);
      }
    };

  return {
    PutItem: write('putItem'),
    UpdateItem: write('updateItem'),
    DeleteItem: write('deleteItem'),
    GetItem: (request: Message) => runNow('getItem', dynaliteStore, valid('getItem', request)),
    BatchGetItem: (request: Message) => runNow('batchGetItem', dynaliteStore, valid('batchGetItem', request)),
    BatchWriteItem: (request: Message) => {
      const checked = valid('batchWriteItem', request);
      return store.atomically(() => runNow('batchWriteItem', dynaliteStore, checked));
    },
    Query: (request: Message) => run('query', dynaliteStore, valid('query', request)),
    Scan: (request: Message) => run('scan', dynaliteStore, valid('scan', request)),
  };
}
