import { checkpointReader } from '#columnar/checkpoint/checkpoint-reader.ts';
import { loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { type LakeTable, lakeTableOf } from '#pipeline/ingest/agree-table.ts';

/** What the lake's log says of a table; nothing where there is no log. */
export async function readLakeTable(store: ObjectStore): Promise<LakeTable | undefined> {
  const state = await loadLogState(store, checkpointReader);
  return state && lakeTableOf(state);
}
