import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Action } from '#delta/actions.ts';
import type { ActionKind, CheckpointCodec } from '#delta/checkpoint-codec.ts';
import { checkpointColumns, checkpointSchema, toCheckpointRow } from './checkpoint-schema.ts';
import { readCheckpoint } from './read-checkpoint.ts';

const rowsPerGroup = 100_000;

/** Checkpoints by hyparquet and hyparquet-writer. */
export const checkpointCodec: CheckpointCodec = {
  read: readCheckpoint,

  async write(actions) {
    const rows = [...actions].map(rowOf);
    const columnData = checkpointColumns.map((name) => ({
      name,
      data: rows.map(({ kind, fields }) => (kind === name ? toCheckpointRow(name, fields) : null)),
    }));
    const buffer = parquetWriteBuffer({ columnData, schema: checkpointSchema, rowGroupSize: rowsPerGroup });
    return new Uint8Array(buffer);
  },
};

function rowOf(action: Action): { kind: ActionKind; fields: object } {
  const [entry] = Object.entries(action);
  return { kind: entry![0] as ActionKind, fields: entry![1] as object };
}
