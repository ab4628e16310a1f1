import { bundleKey, bundlesPk, manifestBuckets, manifestPk } from '#contract/ledger-items.ts';
import type { BundleStore } from '#pipeline/ledger/bundles.ts';
import type { Manifest } from '#pipeline/ledger/manifest.ts';
import { manifestKeyOf } from '#pipeline/ledger/manifest-key.ts';
import { bundleIdOf, bundleOfParts, manifestOf, partsOf } from './ledger-items.ts';
import type { LedgerTable } from './ledger-table.ts';
import { placeManifests, sendBundle, sendTransaction } from './ledger-transaction.ts';

type Manifests = Pick<
  BundleStore,
  'stage' | 'stageBundle' | 'placeNext' | 'bundleOf' | 'bundles' | 'manifestsOf' | 'deleteManifests'
>;

/** Staged manifests, and bundles of those that wait to be placed. */
export function ledgerManifests({ client, tableName, read, query, deleteItems }: LedgerTable): Manifests {
  return {
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

    async manifestsOf(tableId) {
      const buckets = Array.from({ length: manifestBuckets }, async (_, bucket) => {
        const manifests: Manifest[] = [];
        for await (const item of query(manifestPk(tableId, bucket))) manifests.push(manifestOf(item));
        return manifests;
      });
      return (await Promise.all(buckets)).flat();
    },

    deleteManifests: (manifests) => deleteItems(manifests.map(manifestKeyOf)),
  };
}
