import type { Ids } from '../clock.ts';
import { stayingMove } from '../divert/staying-move.ts';
import type { Intake } from '../ingest/intake.ts';
import type { TableBatch } from '../ingest/table-files.ts';
import { type PlannedFile, planTransaction, type TransactionPlan } from '../ingest/transaction-plan.ts';
import type { Cursor, CursorMove } from '../ledger/ledger.ts';
import { redriveOf } from '../ledger/redriven.ts';

export interface RedriveInput {
  /** Records that became rows, by source partition. */
  taken: readonly Intake[];
  batches: readonly TableBatch[];
  /** Of `redrive/…`, by that source partition. */
  cursors: ReadonlyMap<string, Cursor>;
  /** By the same, the journal entry that tells what is taken. */
  entries: ReadonlyMap<string, string>;
  ledgerId: string;
  nowMs: number;
  ids: Ids;
}

export interface RedrivePlan {
  kind: 'fits';
  transaction: Extract<TransactionPlan, { kind: 'fits' }>['transaction'];
  files: PlannedFile[];
}

/**
 * One transaction for all that is redriven at once: the cursors of `redrive/…` move on to the journal's new entries, and manifests
 * stage the rows under ordinals of these source partitions. A position there is the number of a redrive.
 */
export function planRedrive(input: RedriveInput): RedrivePlan | { kind: 'tooLarge' } {
  const { taken, batches, cursors, entries, ledgerId, nowMs, ids } = input;
  const plan = planTransaction({
    taken: taken.map(({ sourcePartition, records }) => ({ sourcePartition: redriveOf(sourcePartition), records })),
    cursors,
    ledgerId,
    batches: batches.map((batch) => underRedrive(batch, nowMs)),
    refused: new Map(),
    nowMs,
    ids,
  });
  if (plan.kind === 'tooLarge') return plan;
  const { moves, manifests } = plan.transaction;
  const numberOf = new Map(moves.map((move) => [move.sourcePartition, String(move.expectedRevision + 1)]));
  return {
    kind: 'fits',
    files: plan.files,
    transaction: {
      moves: moves.map((move): CursorMove => {
        const { sourcePartition, next } = move;
        const staying = stayingMove(sourcePartition, cursors.get(sourcePartition), { ordinals: next.ordinals });
        const position = numberOf.get(sourcePartition) as string;
        const redriven = entries.get(sourcePartition) as string;
        return { ...staying, next: { ...staying.next, position, redriven } };
      }),
      manifests: manifests.map((manifest) => ({
        ...manifest,
        ranges: manifest.ranges.map((range) => {
          const number = numberOf.get(range.sourcePartition) as string;
          return { ...range, from: number, to: number, redriven: entries.get(range.sourcePartition) as string };
        }),
      })),
    },
  };
}

/** Rows that are as fresh as their redrive, and count for `redrive/…`. */
const underRedrive = ({ table, files }: TableBatch, nowMs: number): TableBatch => ({
  table,
  oldestArrivalMs: nowMs,
  newestArrivalMs: nowMs,
  files: files.map((file) => ({
    ...file,
    rowsBySourcePartition: new Map([...file.rowsBySourcePartition].map(([name, rows]) => [redriveOf(name), rows])),
  })),
});
