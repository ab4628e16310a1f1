import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import type { ColumnValue } from '#columnar/vector/column.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import type { Action } from '#delta/actions.ts';
import { loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { parseSchema } from '#delta/schema.ts';

/** What another writer is about to commit: one file of rows, which lies there already, as the next version of the log. */
export async function outsideAppend(
  store: ObjectStore,
  rows: readonly (readonly ColumnValue[])[],
  engineInfo: string,
): Promise<{ version: number; actions: Action[] }> {
  const state = await loadLogState(store, checkpointCodec);
  if (state === undefined) throw new Error(`expected a table for ${engineInfo} to append to, found no log`);
  const version = state.version + 1;
  const columns = new RowColumns(parseSchema(state.metaData.schemaString).fields);
  for (const row of rows) columns.append(row);
  const { bytes } = await encodeParquet(columns, 'snappy');
  const path = `part-${version}-outside.snappy.parquet`;
  await store.put(path, bytes);
  const add = { path, partitionValues: {}, size: bytes.length, modificationTime: 0, dataChange: true };
  return { version, actions: [{ commitInfo: { operation: 'WRITE', engineInfo } }, { add }] };
}
