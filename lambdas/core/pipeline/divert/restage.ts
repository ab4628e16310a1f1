import { transactionLimits } from '../ingest/transaction-plan.ts';
import type { CursorMove, Ledger, Transaction } from '../ledger/ledger.ts';
import type { Manifest, ManifestRange } from '../ledger/manifest.ts';
import { stayingMove } from './staying-move.ts';

/** Where manifests are staged anew: at the end of the lines of this ledger and this incarnation. */
export interface RestageTarget {
  ledger: Ledger;
  ledgerId: string;
  incarnation: string;
}

/**
 * Stages the first of `manifests` anew, as many as one transaction takes, in place of the old ones. `refused` and `unknown`: read
 * the manifests again, then go on.
 */
export async function restageSome(
  manifests: readonly Manifest[],
  target: RestageTarget,
): Promise<'staged' | 'refused' | 'unknown'> {
  const { ledger } = target;
  const moves = new Map<string, CursorMove>();
  const transaction: Transaction & { removed: Manifest[] } = { moves: [], manifests: [], removed: [] };
  let bytes = 0;
  for (const manifest of inLineOrder(manifests)) {
    const touched = manifest.ranges.map(({ sourcePartition }) => sourcePartition);
    bytes += JSON.stringify(manifest).length;
    const items = 2 * (transaction.manifests.length + 1) + new Set([...moves.keys(), ...touched]).size;
    if (items > transactionLimits.items || bytes > transactionLimits.bytes) break;
    for (const sourcePartition of touched) {
      if (moves.has(sourcePartition)) continue;
      moves.set(sourcePartition, stayingMove(sourcePartition, await ledger.readCursor(sourcePartition)));
    }
    transaction.removed.push(manifest);
    transaction.manifests.push(atEndOfLines(manifest, moves, target));
  }
  return ledger.stage({ ...transaction, moves: [...moves.values()] });
}

function atEndOfLines(manifest: Manifest, moves: Map<string, CursorMove>, target: RestageTarget): Manifest {
  const { ledgerId, incarnation } = target;
  const ranges = manifest.ranges.map((range): ManifestRange => {
    const { ordinals } = (moves.get(range.sourcePartition) as CursorMove).next;
    const last = ordinals[manifest.tableId];
    const continues = last?.incarnation === incarnation && last.ledgerId === ledgerId;
    const ordinal = continues ? last.ordinal + 1 : 1;
    ordinals[manifest.tableId] = { incarnation, ledgerId, ordinal };
    return { ...range, ledgerId, ordinal };
  });
  return { ...manifest, incarnation, ranges };
}

/** Manifests in an order that keeps each of their lines; lines that were staged first come first. */
export function inLineOrder(manifests: readonly Manifest[]): Manifest[] {
  const lines = new Map<string, Manifest[]>();
  const ofLine = (line: string) => lines.get(line) ?? lines.set(line, []).get(line)!;
  const linesOf = ({ incarnation, ranges }: Manifest) =>
    ranges.map(({ ledgerId, sourcePartition }) => `${incarnation}/${ledgerId}/${sourcePartition}`);
  const ordinalIn = (manifest: Manifest, line: string) => manifest.ranges[linesOf(manifest).indexOf(line)]!.ordinal;
  for (const manifest of manifests.toSorted((left, right) => left.stagedMs - right.stagedMs)) {
    for (const line of linesOf(manifest)) ofLine(line).push(manifest);
  }
  for (const [line, own] of lines) own.sort((left, right) => ordinalIn(left, line) - ordinalIn(right, line));

  const ordered: Manifest[] = [];
  while (ordered.length < manifests.length) {
    const heads = [...lines.values()].map(([head]) => head);
    const next = heads.find((head) => head !== undefined && linesOf(head).every((line) => ofLine(line)[0] === head));
    if (next === undefined) throw new Error('expected lines of manifests that one order keeps, found them crossing');
    for (const line of linesOf(next)) ofLine(line).shift();
    ordered.push(next);
  }
  return ordered;
}
