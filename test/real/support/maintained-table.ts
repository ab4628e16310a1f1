import { randomUUID } from 'node:crypto';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { writeCheckpoint } from '#delta/checkpoint.ts';
import { loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { type Operation, transact } from '#delta/transact.ts';
import { optimizeTable } from '#pipeline/optimize/optimize-table.ts';
import { OptimizedTable } from '../../support/optimized-table.ts';

/** A row as `rows.py` writes it: members that are null are left out. */
export type ExpectedRow = Readonly<Record<string, unknown>>;

/** A table that our own operations write, for readers that we did not. */
export interface MaintainedTable {
  /** Its folder. */
  name: string;
  /** Who reads it; absent: all. */
  readers?: readonly ('deltalake' | 'Spark')[];
  /** Rows of earlier versions that readers go back to, by version. */
  earlier?: Readonly<Record<number, readonly ExpectedRow[]>>;
  /** Rows that a condition holds for, and how many files Spark reads for them. */
  where?: { sql: string; rows: readonly ExpectedRow[]; files: number };
  /** Writes the table; answers its rows, in any order. */
  prepare(store: ObjectStore): Promise<readonly ExpectedRow[]>;
}

export const nameOf = (id: number): string => `name ${id}`;

type Options = ConstructorParameters<typeof OptimizedTable>[0];

/** A table of ids and names unless `options` say otherwise, made at the store. */
export async function writing(
  store: ObjectStore,
  options: Options,
  write: (table: OptimizedTable) => Promise<ExpectedRow[]>,
): Promise<ExpectedRow[]> {
  const table = new OptimizedTable({ ...options, store });
  try {
    table.nowMs = Date.now();
    await table.create();
    return await write(table);
  } finally {
    table.close();
  }
}

export const rowsOf = (...ids: number[]): ExpectedRow[] => ids.map((id) => ({ id, name: nameOf(id) }));

/** One file with the rows of these ids. */
export const append = (table: OptimizedTable, ids: readonly number[]) =>
  table.append(ids.map((id) => [BigInt(id), nameOf(id)]));

export async function run(table: OptimizedTable, operation: Operation): Promise<void> {
  const state = (await loadLogState(table.store, checkpointCodec))!;
  const { logOf, clock, ids } = table.ports;
  const outcome = await transact(logOf('t'), state, operation, { nowMs: clock, txnId: ids, engineInfo: 'Alluvium' });
  if (outcome.kind !== 'committed') throw new Error(`expected a commit, got ${JSON.stringify(outcome)}`);
}

/** Merges files, all in one way if `how` says which. */
export async function optimize(table: OptimizedTable, how?: 'copied' | 'rewritten'): Promise<void> {
  const { outcomes } = await optimizeTable({ tableName: 't', dryRun: false }, table.ports);
  const isWanted = outcomes.every((outcome) => outcome.kind === 'merged' && (how ?? outcome.how) === outcome.how);
  if (outcomes.length === 0 || !isWanted) {
    throw new Error(`expected every bin to be merged (${how ?? 'in any way'}), got ${JSON.stringify(outcomes)}`);
  }
}

/** Of the latest version. */
export async function checkpoint(table: OptimizedTable): Promise<void> {
  const { version } = (await loadLogState(table.store, checkpointCodec))!;
  await writeCheckpoint(table.store, checkpointCodec, version, table.nowMs, randomUUID);
}
