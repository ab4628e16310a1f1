import type { CheckpointReader } from '#delta/checkpoint-codec.ts';
import { advanceLogState, type LogState, loadLogState } from '#delta/log-state.ts';
import type { LogStore } from '#delta/log-store.ts';
import type { ObjectStore } from '#delta/object-store.ts';

/** A table's log: its objects, and the way in which its writers agree on versions. */
export interface TableLog {
  objects: ObjectStore;
  logStore: LogStore;
}

/** States that this process has seen, by table id: a commit then reads what is new, not the whole log. */
export type LogStates = Map<string, LogState>;

/**
 * The latest state of a table's log, brought up to date without a gap from the one that is remembered, if that version is
 * still what it was; else loaded afresh. Nothing where there is no table.
 */
export async function latestLogState(
  tableId: string,
  { objects }: Pick<TableLog, 'objects'>,
  codec: CheckpointReader,
  states: LogStates,
): Promise<LogState | undefined> {
  const known = states.get(tableId);
  const latest =
    (known === undefined ? undefined : await advanceLogState(known, objects)) ?? (await loadLogState(objects, codec));
  if (latest === undefined) states.delete(tableId);
  else states.set(tableId, latest);
  return latest;
}
