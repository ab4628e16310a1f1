import { parseActions, serializeActions } from '#delta/action-json.ts';
import type { Action } from '#delta/actions.ts';
import type { CheckpointCodec, RangedFile } from '#delta/checkpoint-codec.ts';
import { asCheckpointed } from '#delta/checkpoint-plan.ts';
import { Fingerprint } from '#delta/fingerprint.ts';
import { fileKey } from '#delta/snapshot.ts';

/** Checkpoints as lines of JSON: the simulation is about the protocol around them, not about Parquet. */
export const codec: CheckpointCodec = {
  async *read(file, kinds) {
    for (const action of await actionsOf(file)) {
      if (kinds.some((kind) => kind in action)) yield action;
    }
  },

  async write({ state, previous, keeps, files }, sink) {
    const actions = [...state] as Action[];
    for (const file of previous) {
      for (const action of await actionsOf(file)) {
        if (('add' in action || 'remove' in action) && keeps(action)) actions.push(action);
      }
    }
    for await (const action of files) actions.push(action);
    const live = new Fingerprint();
    for (const action of actions) if ('add' in action) live.add(fileKey(action.add));
    const bytes = serializeActions(actions.map(asCheckpointed));
    await sink.write(bytes);
    return {
      sizeBytes: bytes.length,
      actions: actions.length,
      addFiles: live.count,
      fingerprint: live.toString(),
      verify: async (file) => {
        const found = await file.readRange(0, file.sizeBytes);
        return Buffer.compare(found, bytes) === 0 ? undefined : 'expected the bytes written';
      },
    };
  },
};

const actionsOf = async (file: RangedFile): Promise<Action[]> =>
  parseActions(await file.readRange(0, file.sizeBytes), file.path);
