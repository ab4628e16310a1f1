import { type AccessKind, type Capacity, readUnits, type Target, throttled } from './capacity.ts';
import { type ActionName, keyOf, run, runNow, type ValidRequest, validated } from './dynalite.ts';
import { itemBytes } from './item-size.ts';
import { ServiceError } from './service-error.ts';
import type { Store } from './store.ts';
import type { Item, Message, TableDescription } from './types.ts';

type WriteRequest = { PutRequest?: { Item: Item }; DeleteRequest?: { Key: Item } };
type KeysRequest = { Keys: Item[]; ConsistentRead?: boolean };

/** Operations on single items and ranges of them: dynalite decides, the store keeps, and partitions serve what they can. */
export function itemOperations(store: Store, capacity: Capacity) {
  const { dynaliteStore } = store;
  const valid = (name: ActionName, request: Message) => validated(name, request, dynaliteStore);
  const tableOf = (name: string): TableDescription | undefined => store.findTable(name)?.description;

  /** The item that a failed condition met, where the caller asked for it. */
  function withItem(error: unknown, request: Message, checked: ValidRequest): unknown {
    const isWanted = request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
    if (!isWanted || !(error instanceof ServiceError) || error.name !== 'ConditionalCheckFailedException') return error;
    const { description } = store.tableOf(checked.TableName);
    const item = store.read(description.TableId, keyOf((checked.Key ?? checked.Item) as Item, description));
    const { __type, message = '' } = error.body;
    return item === undefined ? error : new ServiceError(__type, message, { Item: item });
  }

  function refuseThrottled(kind: AccessKind, targets: readonly Target[]): void {
    const hot = targets.find((target) => !capacity.admits(kind, target));
    if (hot !== undefined) throw throttled(kind, hot.table);
  }

  const write =
    (name: 'putItem' | 'updateItem' | 'deleteItem') =>
    (request: Message): Message => {
      const checked = valid(name, request);
      const table = tableOf(checked.TableName);
      const targets = table === undefined ? [] : [{ table, key: (checked.Key ?? checked.Item) as Item }];
      refuseThrottled('write', targets);
      try {
        return capacity.writing(targets, 1, () => store.atomically(() => runNow(name, dynaliteStore, checked)));
      } catch (error) {
        throw withItem(error, request, checked);
      }
    };

  function countRead(target: Target, isConsistent: boolean): void {
    capacity.spend('read', target, readUnits(itemBytes(capacity.itemAt(target) ?? {}), isConsistent));
  }

  /** A batch's entries that their partitions serve, and those that they do not; throws where they serve none. */
  function parted<T>(kind: AccessKind, byTable: Record<string, T[]>, keyOfEntry: (entry: T) => Item) {
    const served: Record<string, T[]> = {};
    const unserved: Record<string, T[]> = {};
    const targets: Target[] = [];
    let refusal: ServiceError | undefined;
    for (const [name, entries] of Object.entries(byTable)) {
      const table = tableOf(name);
      for (const entry of entries) {
        const target = table && { table, key: keyOfEntry(entry) };
        const isServed = target === undefined || capacity.admits(kind, target);
        const place = isServed ? served : unserved;
        place[name] ??= [];
        place[name].push(entry);
        if (!isServed) refusal ??= throttled(kind, target.table);
        else if (target !== undefined) targets.push(target);
      }
    }
    if (refusal !== undefined && Object.keys(served).length === 0) throw refusal;
    return { served, unserved, targets };
  }

  return {
    PutItem: write('putItem'),
    UpdateItem: write('updateItem'),
    DeleteItem: write('deleteItem'),

    GetItem(request: Message): Message {
      const checked = valid('getItem', request);
      const table = tableOf(checked.TableName);
      const targets = table === undefined ? [] : [{ table, key: checked.Key as Item }];
      refuseThrottled('read', targets);
      const answer = runNow('getItem', dynaliteStore, checked);
      for (const target of targets) countRead(target, checked.ConsistentRead === true);
      return answer;
    },

    BatchGetItem(request: Message): Message {
      const checked = valid('batchGetItem', request);
      const asked = checked.RequestItems as Record<string, KeysRequest>;
      const requestsOf = (keys: Record<string, Item[]>): Record<string, KeysRequest> =>
        Object.fromEntries(Object.entries(keys).map(([name, Keys]) => [name, { ...asked[name], Keys }]));
      const keys = Object.fromEntries(Object.entries(asked).map(([name, { Keys }]) => [name, Keys]));
      const { served, unserved, targets } = parted('read', keys, (key) => key);
      const answer = runNow('batchGetItem', dynaliteStore, { ...checked, RequestItems: requestsOf(served) });
      for (const target of targets) countRead(target, asked[target.table.TableName]!.ConsistentRead === true);
      const left = answer.UnprocessedKeys as Record<string, KeysRequest>;
      for (const [name, some] of Object.entries(requestsOf(unserved))) {
        left[name] = { ...some, Keys: [...(left[name]?.Keys ?? []), ...some.Keys] };
      }
      return answer;
    },

    BatchWriteItem(request: Message): Message {
      const checked = valid('batchWriteItem', request);
      const { served, unserved, targets } = parted(
        'write',
        checked.RequestItems as Record<string, WriteRequest[]>,
        ({ PutRequest, DeleteRequest }) => (PutRequest?.Item ?? DeleteRequest?.Key) as Item,
      );
      const act = () => runNow('batchWriteItem', dynaliteStore, { ...checked, RequestItems: served });
      const answer = capacity.writing(targets, 1, () => store.atomically(act));
      return { ...answer, UnprocessedItems: unserved };
    },

    /** A query of an index is not measured. */
    async Query(request: Message): Promise<Message> {
      const checked = valid('query', request);
      const table = checked.IndexName === undefined ? tableOf(checked.TableName) : undefined;
      if (table === undefined) return run('query', dynaliteStore, checked);
      const hash = table.KeySchema[0]!.AttributeName;
      const conditions = checked.KeyConditions as Record<string, { AttributeValueList: Item[] }>;
      const target = { table, key: { [hash]: conditions[hash]?.AttributeValueList[0] ?? {} } };
      refuseThrottled('read', [target]);
      const { ReturnConsumedCapacity: asked } = checked;
      const isAsked = asked === 'TOTAL' || asked === 'INDEXES';
      const measured = isAsked ? checked : { ...checked, ReturnConsumedCapacity: 'TOTAL' };
      const { ConsumedCapacity: consumed, ...answer } = await run('query', dynaliteStore, measured);
      capacity.spend('read', target, (consumed as { CapacityUnits: number }).CapacityUnits);
      return isAsked ? { ...answer, ConsumedCapacity: consumed } : answer;
    },

    /** A scan goes from partition to partition and is not measured. */
    Scan: (request: Message) => run('scan', dynaliteStore, valid('scan', request)),
  };
}
