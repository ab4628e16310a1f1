import { isKey, keyOf } from './dynalite.ts';
import { itemBytes } from './item-size.ts';
import { type ServiceError, serviceError } from './service-error.ts';
import type { Store } from './store.ts';
import type { Item, TableDescription } from './types.ts';

/** Capacity units that one partition serves in a second (Developer Guide, "Designing partition keys"). */
export interface PartitionUnits {
  read: number;
  write: number;
}
export const partitionUnits: PartitionUnits = { read: 3_000, write: 1_000 };

export type AccessKind = keyof PartitionUnits;

/** An item, there or not, or just its partition key. */
export interface Target {
  table: TableDescription;
  key: Item;
}

const kib = 1024;
/** Partitions that have been idle for so long are forgotten, once very many are known. */
const idleMs = 60_000;
const maxKnown = 10_000;

/** Units for reading `bytes`: one for each 4 KB, half of it where the read may be stale. */
export const readUnits = (bytes: number, isConsistent: boolean): number =>
  Math.max(1, Math.ceil(bytes / (4 * kib))) / (isConsistent ? 1 : 2);

/** Units for a write: one for each KB of the larger of the item before and after it. */
const writeUnits = (before: Item | undefined, after: Item | undefined): number =>
  Math.max(1, ...[before, after].map((item) => Math.ceil(itemBytes(item ?? {}) / kib)));

/** What DynamoDB answers once a partition has served its units; tables on demand are throttled by another name. */
export function throttled(kind: AccessKind, { TableArn, BillingModeSummary }: TableDescription): ServiceError {
  const operation = kind === 'read' ? 'Read' : 'Write';
  const reasons = [{ reason: `Table${operation}KeyRangeThroughputExceeded`, resource: TableArn }];
  return BillingModeSummary === undefined
    ? serviceError(
        'ProvisionedThroughputExceededException',
        'The level of configured provisioned throughput for the table was exceeded: a partition key is too hot',
        { ThrottlingReasons: reasons },
      )
    : serviceError(
        'ThrottlingException',
        'Throughput exceeds the current capacity of your table or index: a partition key is too hot',
        { throttlingReasons: reasons },
      );
}

/**
 * Units left to each partition key, which stands for a partition of its own: that is what DynamoDB splits a hot one down to.
 * A request is served as long as any unit is left; a large one leaves a debt that those after it wait for.
 */
export function openCapacity(store: Store, limits: PartitionUnits, now: () => number) {
  const known = new Map<string, { left: number; atMs: number }>();

  const leftAt = (place: string, kind: AccessKind, nowMs: number): number => {
    const found = known.get(place);
    return found === undefined
      ? limits[kind]
      : Math.min(limits[kind], found.left + ((nowMs - found.atMs) * limits[kind]) / 1_000);
  };

  const placeOf = (kind: AccessKind, { table, key }: Target): string =>
    `${kind}/${table.TableId}/${JSON.stringify(key[table.KeySchema[0]!.AttributeName])}`;

  /** The item as it is; undefined where there is none, or where the key is none of this table's, which is refused later. */
  function itemAt({ table, key: item }: Target): Item | undefined {
    const names = table.KeySchema.map(({ AttributeName }) => AttributeName);
    const key = Object.fromEntries(names.flatMap((name) => (item[name] === undefined ? [] : [[name, item[name]]])));
    return isKey(key, table) ? store.read(table.TableId, keyOf(key, table)) : undefined;
  }

  function spend(kind: AccessKind, target: Target, units: number): void {
    const place = placeOf(kind, target);
    const nowMs = now();
    known.set(place, { left: leftAt(place, kind, nowMs) - units, atMs: nowMs });
    if (known.size <= maxKnown) return;
    for (const [each, { atMs }] of known) if (nowMs - atMs > idleMs) known.delete(each);
  }

  return {
    admits: (kind: AccessKind, target: Target): boolean => leftAt(placeOf(kind, target), kind, now()) > 0,
    itemAt,
    spend,
    /** Runs `act`, which writes `targets`; whether it succeeds or is refused, each costs `factor` times its units. */
    writing<T>(targets: readonly Target[], factor: number, act: () => T): T {
      const before = targets.map(itemAt);
      try {
        return act();
      } finally {
        for (const [index, target] of targets.entries()) {
          spend('write', target, factor * writeUnits(before[index], itemAt(target)));
        }
      }
    },
  };
}

export type Capacity = ReturnType<typeof openCapacity>;
