import type { Settings } from '#contract/settings.ts';
import { parseActions } from '#delta/action-json.ts';
import type { CheckpointCodec } from '#delta/checkpoint-codec.ts';
import { logFolder, parseLogPath } from '#delta/log-path.ts';
import { type LogState, loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { agreeWithLog } from './agree-with-log.ts';
import type { Ids } from './clock.ts';
import type { CommittedRange, Provenance } from './commit-actions.ts';
import type { Ledger, TableRecord } from './ledger.ts';
import { comparePositions, type Position } from './position.ts';
import { stayingMove } from './staying-move.ts';
import type { TableLog } from './table-log.ts';

export interface RestorePorts {
  ledger: Ledger;
  settings: Pick<Settings, 'tables'>;
  logOf: (tableName: string) => TableLog;
  codec: CheckpointCodec;
  ids: Ids;
}

export interface Restored {
  /** Floors set, by table name: below them its records are redeliveries. */
  floors: Record<string, Record<string, Position>>;
}

/** Clocks of ledger and lake differ by less. */
const clockSkewMs = 3_600_000;
const maxRaces = 50;

/**
 * Brings a restored ledger up to its lake, before anything reads or commits with it: what logs have taken since `restoredToMs`
 * becomes a floor, by table and source partition, so that reading on from the restored cursors accepts no row twice; and what
 * was staged since then and never committed is read again. Ordinals count anew, since a restored ledger has another id; attempts
 * that were under way at that moment are forgotten.
 *
 * @param restoredToMs the moment that the ledger was restored to; commits from an hour before it are read.
 */
export async function restoreLedger(restoredToMs: number, ports: RestorePorts): Promise<Restored> {
  const { ledger, settings, logOf, codec } = ports;
  const known = new Map<string, TableRecord>();
  for await (const table of ledger.tables()) known.set(table.tableName, table);
  const restored: Restored = { floors: {} };
  for (const tableName of new Set([...Object.keys(settings.tables), ...known.keys()])) {
    const log = logOf(tableName);
    await log.logStore.finish();
    const state = await loadLogState(log.objects, codec);
    if (state === undefined) continue;
    const record = await recordOf(tableName, known.get(tableName), state, ports);
    const floors = await committedSince(restoredToMs - clockSkewMs, log.objects);
    for (const [sourcePartition, floor] of floors) await setFloor(sourcePartition, record.tableId, floor, ledger);
    restored.floors[tableName] = Object.fromEntries(floors);
  }
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

/** The last position of each source partition that commits since then took. */
async function committedSince(sinceMs: number, store: ObjectStore): Promise<Map<string, Position>> {
  const floors = new Map<string, Position>();
  for await (const { path, lastModifiedMs } of store.list(logFolder)) {
    if (parseLogPath(path)?.kind !== 'commit' || lastModifiedMs < sinceMs) continue;
    const object = await store.read(path);
    if (object === undefined) continue;
    for (const { sourcePartition, to } of rangesIn(object.bytes, path)) {
      const floor = floors.get(sourcePartition);
      if (floor === undefined || comparePositions(floor, to) < 0) floors.set(sourcePartition, to);
    }
  }
  return floors;
}

function rangesIn(bytes: Uint8Array, path: string): readonly CommittedRange[] {
  const info = parseActions(bytes, path).find((action) => 'commitInfo' in action);
  return (info?.commitInfo.alluvium as Provenance | undefined)?.ranges ?? [];
}

async function setFloor(sourcePartition: string, tableId: string, floor: Position, ledger: Ledger): Promise<void> {
  for (let race = 0; race < maxRaces; race++) {
    const cursor = await ledger.readCursor(sourcePartition);
    const { position, floors = {} } = cursor ?? {};
    const isPast = (reached: Position | undefined) => reached !== undefined && comparePositions(floor, reached) <= 0;
    if (isPast(position) || isPast(floors[tableId])) return;
    const move = stayingMove(sourcePartition, cursor, { floors: { ...floors, [tableId]: floor } });
    await ledger.stage({ moves: [move], manifests: [] });
  }
  throw new Error(`source partition ${sourcePartition}: expected its floor to be set within ${maxRaces} rounds`);
}
