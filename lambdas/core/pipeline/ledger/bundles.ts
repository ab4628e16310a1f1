import type { Ids } from '../clock.ts';
import type { Cursor, CursorMove, Ledger } from './ledger.ts';
import type { Manifest } from './manifest.ts';

/** Manifests of one transaction that are more than it takes items: accepted with its cursors, then put at their places in line. */
export interface Bundle {
  id: string;
  /** In the order in which they are placed; those of one table come together. */
  manifests: Manifest[];
  /** How many of them, from the first, have been placed. */
  placed: number;
}

/** What keeps bundles, beside what a ledger does with transactions of as many items as they take. */
export interface BundleStore extends Ledger {
  /** Moves cursors and keeps the bundle, of which nothing is placed, in one transaction; see `stage`. */
  stageBundle(moves: readonly CursorMove[], bundle: Bundle): Promise<'staged' | 'refused' | 'unknown'>;
  bundleOf(bundleId: string): Promise<Bundle | undefined>;
  /** All bundles of which something is to be placed. */
  bundles(): Promise<Bundle[]>;
  /**
   * Stages the next `count` manifests, on condition that as many are placed as `bundle` says; with the last of them the bundle is
   * gone. `refused`: others have placed some.
   */
  placeNext(bundle: Bundle, count: number): Promise<'placed' | 'refused' | 'unknown'>;
}

export interface BundleLimits {
  /** Items of one transaction. */
  items: number;
  /** Manifests that are placed in one transaction, but for those of one table, which come together. */
  placedAtOnce: number;
  /** Manifests of one table. */
  ofOneTable: number;
}

/** DynamoDB's, with room for the bundle's own items. */
export const bundleLimits: BundleLimits = { items: 100, placedAtOnce: 80, ofOneTable: 80 };

/** Others may place manifests of the same bundle at the same moment this often. */
const maxRounds = 100;

/**
 * The ledger that takes transactions of any number of manifests. Where they are too many for one, a bundle is accepted with the
 * cursors and then placed: by whoever staged it, and where that died, by whoever next reads one of the cursors or any table's
 * manifests. So nobody sees a cursor beyond manifests that nobody sees, and each is placed once, since the bundle counts
 * what is placed in the transactions that do it.
 */
export function withBundles(store: BundleStore, ids: Ids, limits: BundleLimits = bundleLimits): Ledger {
  async function place(bundle: Bundle | undefined): Promise<void> {
    let left = bundle;
    for (let round = 0; left !== undefined; round++) {
      if (round === maxRounds) {
        throw new Error(`bundle ${left.id}: expected its manifests to be placed within ${maxRounds} rounds`);
      }
      const count = nextCount(left, limits);
      const outcome = await store.placeNext(left, count);
      if (outcome !== 'placed') left = await store.bundleOf(left.id);
      else left = left.placed + count === left.manifests.length ? undefined : { ...left, placed: left.placed + count };
    }
  }

  async function settled<Found extends Cursor | undefined>(cursor: Found): Promise<Found> {
    if (cursor?.bundle !== undefined) await place(await store.bundleOf(cursor.bundle));
    return cursor;
  }

  return {
    ...store,
    async stage(transaction) {
      const { moves, manifests, removed = [], replaced = [] } = transaction;
      const isReplacing = removed.length + replaced.length > 0;
      if (isReplacing || moves.length + manifests.length <= limits.items) return store.stage(transaction);
      if (mostOfOneTable(manifests) > limits.ofOneTable) {
        throw new RangeError(
          `expected a transaction to have at most ${limits.items} items, or manifests of many tables alone, at most ${limits.ofOneTable} of each; got ${moves.length + manifests.length} items`,
        );
      }
      const bundle = { id: ids(), manifests: byTable(manifests), placed: 0 };
      const marked = moves.map((move) => ({ ...move, next: { ...move.next, bundle: bundle.id } }));
      const outcome = await store.stageBundle(marked, bundle);
      if (outcome !== 'staged') return outcome;
      try {
        await place(bundle);
        return 'staged';
      } catch {
        /** It was staged all the same: who reads the cursors back finds them moved, and goes on placing. */
        return 'unknown';
      }
    },
    beginAttempt: async (...attempt) => settled(await store.beginAttempt(...attempt)),
    readCursor: async (sourcePartition) => settled(await store.readCursor(sourcePartition)),
    async manifestsOf(tableId) {
      for (const bundle of await store.bundles()) await place(bundle);
      return store.manifestsOf(tableId);
    },
  };
}

const mostOfOneTable = (manifests: readonly Manifest[]): number =>
  Math.max(
    0,
    ...Map.groupBy(manifests, ({ tableId }) => tableId)
      .values()
      .map((own) => own.length),
  );

const byTable = (manifests: readonly Manifest[]): Manifest[] =>
  [...Map.groupBy(manifests, ({ tableId }) => tableId).values()].flat();

/** Whole tables, as many as fit: what a table accepted together is seen together. */
function nextCount({ manifests, placed }: Bundle, { placedAtOnce }: BundleLimits): number {
  let count = 0;
  for (let end = placed + 1; end <= manifests.length; end++) {
    if (end < manifests.length && manifests[end]?.tableId === manifests[end - 1]?.tableId) continue;
    if (count > 0 && end - placed > placedAtOnce) break;
    count = end - placed;
  }
  return count;
}
