import { type ItemKey, manifestKey } from '#contract/ledger-items.ts';
import type { Manifest } from './manifest.ts';

/** Where a manifest lies in the ledger: at the place in line of its first range. */
export function manifestKeyOf({ tableId, incarnation, ranges }: Manifest): ItemKey {
  const [first] = ranges;
  if (first === undefined)
    throw new RangeError(`table ${tableId}: expected a manifest of at least one range, got none`);
  const line = { ledgerId: first.ledgerId, incarnation };
  return manifestKey(tableId, first.sourcePartition, line, first.ordinal);
}
