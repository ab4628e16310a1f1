import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import type { Action } from '#delta/actions.ts';
import type { FileAction, StateAction, WrittenFile } from '#delta/checkpoint-codec.ts';
import { metaDataAction, protocolAction } from './actions.ts';

const isFileAction = (action: Action): action is FileAction => 'add' in action || 'remove' in action;

/** A checkpoint's file that holds these actions, and what its writer says of it. */
export async function checkpointOf(actions: readonly Action[]): Promise<{ bytes: Uint8Array; written: WrittenFile }> {
  const pieces: Uint8Array[] = [];
  const metaData = actions.find((action) => 'metaData' in action)?.metaData ?? metaDataAction().metaData;
  const content = {
    state: actions.filter((action): action is Exclude<Action, FileAction> & StateAction => !isFileAction(action)),
    metaData,
    protocol: actions.find((action) => 'protocol' in action)?.protocol ?? protocolAction().protocol,
    previous: [],
    keeps: () => true,
    files: actions.filter(isFileAction),
  };
  const written = await checkpointCodec.write(content, { write: async (bytes) => void pieces.push(bytes) });
  return { bytes: Buffer.concat(pieces), written };
}
