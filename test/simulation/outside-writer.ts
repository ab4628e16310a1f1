import type { Action } from '#delta/actions.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { advanceLogState, type LogState, loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { parseSchema, serializeSchema } from '#delta/schema.ts';
import { codec } from './codec.ts';
import { fileOf, type RowName } from './lake.ts';

export interface OutsideActions {
  actions: Action[];
  row: RowName;
  file: { path: string; bytes: Uint8Array };
}

/** What an outside writer puts into one version: a row of its own, and maybe a column named `extra`, of text. */
export function outsideActions(state: LogState, id: string, addsColumn: boolean): OutsideActions {
  const row = `outside ${id}`;
  const file = { path: `outside-${id}.parquet`, bytes: fileOf([row]) };
  const schema = parseSchema(state.metaData.schemaString);
  const hasExtra = schema.fields.some(({ name }) => name === 'extra');
  const grown = {
    ...schema,
    fields: [...schema.fields, { name: 'extra', type: 'string' as const, nullable: true, metadata: {} }],
  };
  const add = {
    path: file.path,
    partitionValues: {},
    size: file.bytes.length,
    modificationTime: 0,
    dataChange: true,
    stats: '{"numRecords":1}',
  };
  return {
    row,
    file,
    actions: [
      { commitInfo: { operation: 'WRITE', txnId: `outside-${id}` } },
      ...(addsColumn && !hasExtra ? [{ metaData: { ...state.metaData, schemaString: serializeSchema(grown) } }] : []),
      { add },
    ],
  };
}

/** One append by a writer that knows only conditional puts. Answers the name of the row it was told is committed. */
export async function outsideAppends(
  store: ObjectStore,
  ids: () => string,
  addsColumn: boolean,
): Promise<RowName | undefined> {
  const logStore = conditionalLogStore(store);
  for (let attempt = 0; attempt < 5; attempt++) {
    const loaded = await loadLogState(store, codec);
    const state = loaded && (await advanceLogState(loaded, store));
    if (state === undefined) return undefined;
    const id = ids();
    const { actions, row, file } = outsideActions(state, id, addsColumn);
    await store.put(file.path, file.bytes);
    const outcome = await logStore.commit(state.version + 1, actions, `outside-${id}`);
    if (outcome.kind === 'committed') return row;
    if (outcome.kind === 'retryable') throw new Error(`outside writer: ${outcome.reason}`);
  }
  return undefined;
}
