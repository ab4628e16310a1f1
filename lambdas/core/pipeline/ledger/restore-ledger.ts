import { deadLetterTable } from '#contract/dead-letter-table.ts';
import { errorNames } from '#contract/error-names.ts';
import type { Settings } from '#contract/settings.ts';
import { namedTables, tableKeyOf } from '#contract/table-names.ts';
import { parseActions } from '#delta/action-json.ts';
import type { CheckpointReader } from '#delta/checkpoint-codec.ts';
import { logFolder, parseLogPath } from '#delta/log-path.ts';
import { type LogState, loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import type { Ids } from '../clock.ts';
import { agreeWithLog } from '../commit/agree-with-log.ts';
import { type CommittedRange, isLoneDeadLetter, type Provenance } from '../commit/commit-actions.ts';
import { stayingMove } from '../divert/staying-move.ts';
import type { TableLog } from '../log/table-log.ts';
import { claimPositions, claimsOf, type PositionClaim } from '../positions/claim-positions.ts';
import type { HandoverInLog } from '../positions/handover-in-log.ts';
import { type EntriesInLogs, restoreRedriven } from '../redrive/restore-redriven.ts';
import type { Ledger, TableRecord } from './ledger.ts';
import { compareEnds, comparePositions, type Position, type PositionRun } from './position.ts';

export interface RestorePorts {
  ledger: Ledger;
  settings: Pick<Settings, 'tables'>;
  logOf: (tableName: string) => TableLog;
  /** Names of all tables that lie in the lake: routes may have made some since. */
  tablesInLake: () => Promise<readonly string[]>;
  codec: CheckpointReader;
  ids: Ids;
}

export interface RestoreOptions {
  /**
   * A run of a table goes on over transactions that it took nothing of, where its line in the log has no gap: records there are
   * left out for it even where a route of today leads them to it.
   */
  joinRuns?: boolean;
}

export interface Restored {
  /** What each table took since then of each source partition, by table name. */
  taken: Record<string, Record<string, PositionRun[]>>;
}

/** A ledger is not restored as things are. */
export class LedgerRestoreRefused extends Error {
  override readonly name = errorNames.ledgerRestoreRefused;
}

/** Clocks of ledger and lake differ by less. */
const clockSkewMs = 3_600_000;
const maxRaces = 50;

/**
 * Brings a restored ledger up to its lake, before anything reads or commits with it: what logs have taken since `restoredToMs` is
 * told to the cursors, by table, so that reading on from where they were restored to accepts no row twice; and what was staged
 * since then and never committed is read again. Ordinals count anew, since a restored ledger has another id; attempts that were
 * under way at that moment are forgotten.
 *
 * @param restoredToMs the moment that the ledger was restored to; commits from an hour before it are read.
 * @throws {LedgerRestoreRefused} where what tables have is more than cursors hold, before anything is written.
 */
export async function restoreLedger(
  restoredToMs: number,
  ports: RestorePorts,
  { joinRuns = false }: RestoreOptions = {},
): Promise<Restored> {
  const { ledger, settings, logOf, tablesInLake, codec, ids } = ports;
  const known = new Map<string, TableRecord>();
  for await (const table of ledger.tables()) known.set(table.tableName, table);
  const restored: Restored = { taken: {} };
  const found: { tableName: string; state: LogState; since: CommittedSince }[] = [];
  const redriven: EntriesInLogs = new Map();
  const made = (await tablesInLake()).filter((name) => tableKeyOf(settings.tables, name) !== undefined);
  for (const tableName of new Set([...namedTables(settings.tables), ...known.keys(), ...made])) {
    const log = logOf(tableName);
    await log.logStore.finish();
    const state = await loadLogState(log.objects, codec);
    if (state === undefined) continue;
    const since = await committedSince(restoredToMs - clockSkewMs, log.objects, joinRuns);
    found.push({ tableName, state, since });
  }
  await assertCursorsHold(
    found.map(({ since }) => since.runs),
    ledger,
  );
  for (const { tableName, state, since } of found) {
    const { runs, handovers, entries } = since;
    const record = await recordOf(tableName, known.get(tableName), state, ports);
    for (const [line, own] of entries) {
      redriven.set(line, [...(redriven.get(line) ?? []), ...own.map((entry) => ({ table: record, entry }))]);
    }
    for (const handover of handovers) await claimAgain(handover, record.tableId, ledger);
    for (const [sourcePartition, taken] of runs) await setTaken(sourcePartition, record.tableId, taken, ledger);
    restored.taken[tableName] = Object.fromEntries(runs);
  }
  await restoreRedriven(redriven, { ledger, ids, store: logOf(deadLetterTable).objects });
  for await (const { sourcePartition } of ledger.cursors()) await ledger.endAttempt(sourcePartition);
  return restored;
}

/** The table's record as the log has it; a table that the ledger was restored to before is made known to it. */
async function recordOf(
  tableName: string,
  known: TableRecord | undefined,
  state: LogState,
  { ledger, ids }: RestorePorts,
): Promise<TableRecord> {
  const { id, schemaString, partitionColumns } = state.metaData;
  const record =
    known ??
    (await ledger.createTable({
      tableId: ids(),
      tableName,
      incarnation: id,
      schemaString,
      schemaVersion: 1,
      partitionColumns,
    }));
  return agreeWithLog(record, state, ledger);
}

/** Tells cursors of a handover what they have not been told; what they know otherwise they were told later. */
async function claimAgain(handover: HandoverInLog, tableId: string, ledger: Ledger): Promise<void> {
  for (const { sourcePartition, floor, start } of claimsOf(handover)) {
    const cursor = await ledger.readCursor(sourcePartition);
    const isPlaced = cursor?.position !== undefined || cursor?.start !== undefined;
    const claim: PositionClaim = {
      sourcePartition,
      ...(floor === undefined || cursor?.floors[tableId] !== undefined ? {} : { floor }),
      ...(start === undefined || isPlaced ? {} : { start }),
    };
    await claimPositions([claim], tableId, ledger);
  }
}

interface CommittedSince {
  /** By source partition, the runs of positions that commits took, in the order of the log. */
  runs: Map<string, PositionRun[]>;
  /** Handovers of the table, in the order of the log. */
  handovers: HandoverInLog[];
  /** By `redrive/…`, the journal entries of its rows. */
  entries: Map<string, string[]>;
}

async function committedSince(sinceMs: number, store: ObjectStore, joinRuns: boolean): Promise<CommittedSince> {
  const handovers: HandoverInLog[] = [];
  const last = new Map<string, { range: CommittedRange; run: PositionRun }>();
  const runs = new Map<string, PositionRun[]>();
  const entries = new Map<string, string[]>();
  for await (const { path, lastModifiedMs } of store.list(logFolder)) {
    if (parseLogPath(path)?.kind !== 'commit' || lastModifiedMs < sinceMs) continue;
    const object = await store.read(path);
    const said = object === undefined ? undefined : provenanceIn(object.bytes, path);
    if (said?.handover !== undefined) handovers.push(said.handover);
    for (const range of said?.ranges ?? []) {
      const { sourcePartition, ledgerId, from, to, redriven } = range;
      if (redriven !== undefined) {
        entries.set(sourcePartition, [...(entries.get(sourcePartition) ?? []), redriven]);
        continue;
      }
      const line = `${ledgerId}/${sourcePartition}`;
      const before = last.get(line);
      const goesOn =
        before !== undefined && (follows(range, before.range) || (joinRuns && isNext(range, before.range)));
      const run = goesOn ? before.run : { from, to };
      run.to = to;
      last.set(line, { range, run });
      if (goesOn) continue;
      const own = runs.get(sourcePartition) ?? [];
      own.push(run);
      runs.set(sourcePartition, own);
    }
  }
  return { runs, handovers, entries };
}

const follows = (range: CommittedRange, before: CommittedRange): boolean =>
  range.revisions[0] - before.revisions[1] <= 1 &&
  (range.revisions[0] === before.revisions[1] || comparePositions(before.to, range.from) < 0) &&
  !isLoneDeadLetter(range) &&
  !isLoneDeadLetter(before);

/** Whether the table took nothing between two ranges. */
const isNext = (range: CommittedRange, before: CommittedRange): boolean =>
  range.ordinals[0] === before.ordinals[1] + 1 &&
  comparePositions(before.to, range.from) < 0 &&
  !isLoneDeadLetter(range) &&
  !isLoneDeadLetter(before);

/** What a cursor holds of what tables have beyond it. */
const mostRuns = 40_000;
const mostPositions = 12_000;

/** @throws {LedgerRestoreRefused} naming the first source partition of which there is too much. */
async function assertCursorsHold(
  ofTables: readonly ReadonlyMap<string, readonly PositionRun[]>[],
  ledger: Ledger,
): Promise<void> {
  for (const sourcePartition of new Set(ofTables.flatMap((runs) => [...runs.keys()]))) {
    const cursor = await ledger.readCursor(sourcePartition);
    const found = ofTables.flatMap((runs) => beyond(cursor?.position, runs.get(sourcePartition) ?? []));
    const runs = [...found, ...Object.values(cursor?.taken ?? {}).flat()];
    const positions = new Set(runs.flatMap(({ from, to }) => [from, to]));
    if (runs.length <= mostRuns && positions.size <= mostPositions) continue;
    throw new LedgerRestoreRefused(
      `source partition ${sourcePartition}: expected what tables have beyond its cursor to be at most ${mostRuns} runs of at most ${mostPositions} positions, found ${runs.length} of ${positions.size}; restore the ledger to a later moment, or say --join-runs while routes are what they were`,
    );
  }
}

const beyond = (position: Position | undefined, runs: readonly PositionRun[]): PositionRun[] =>
  runs.filter(({ to }) => position === undefined || compareEnds(to, position) > 0);

function provenanceIn(bytes: Uint8Array, path: string): Partial<Provenance> | undefined {
  const info = parseActions(bytes, path).find((action) => 'commitInfo' in action);
  return info?.commitInfo.alluvium as Partial<Provenance> | undefined;
}

/** Runs behind the cursor are redeliveries anyway; what a seek back has told it stays. */
async function setTaken(
  sourcePartition: string,
  tableId: string,
  runs: readonly PositionRun[],
  ledger: Ledger,
): Promise<void> {
  for (let race = 0; race < maxRaces; race++) {
    const cursor = await ledger.readCursor(sourcePartition);
    const { position, taken = {} } = cursor ?? {};
    const told = taken[tableId] ?? [];
    const toldTexts = new Set(told.map(({ from, to }) => `${from} ${to}`));
    const news = beyond(position, runs).filter(({ from, to }) => !toldTexts.has(`${from} ${to}`));
    if (news.length === 0) return;
    const move = stayingMove(sourcePartition, cursor, { taken: { ...taken, [tableId]: [...told, ...news] } });
    if ((await ledger.stage({ moves: [move], manifests: [] })) === 'staged') return;
  }
  throw new Error(`source partition ${sourcePartition}: expected its cursor to be changed within ${maxRaces} rounds`);
}
