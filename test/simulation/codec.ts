import { parseActions, serializeActions } from '#delta/action-json.ts';
import type { CheckpointCodec } from '#delta/checkpoint-codec.ts';

/** Checkpoints as lines of JSON: the simulation is about the protocol around them, not about Parquet. */
export const codec: CheckpointCodec = {
  async *read(file, kinds) {
    const bytes = await file.readRange(0, file.sizeBytes);
    for (const action of parseActions(bytes, file.path)) {
      if (kinds.some((kind) => kind in action)) yield action;
    }
  },
  write: async (actions) => serializeActions([...actions]),
};
