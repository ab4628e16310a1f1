import type { Action, AddFile, DeletionVector, RemoveFile } from './actions.ts';
import type { CheckpointReader } from './checkpoint-codec.ts';
import { decodePath } from './file-path.ts';
import { readSegment } from './log-segment.ts';
import { applyToDraft, emptyDraft, finishDraft, type LogState } from './log-state.ts';
import type { ObjectStore } from './object-store.ts';
import { replay } from './replay.ts';

/** One version of a table, whole. */
export interface Snapshot extends LogState {
  /** Live files, by `fileKey`. */
  files: ReadonlyMap<string, AddFile>;
  /** Files that were removed and whose tombstones are still in the log, by `fileKey`. */
  tombstones: ReadonlyMap<string, RemoveFile>;
}

/** A logical file is its decoded path with its deletion vector (PROTOCOL.md, "Action Reconciliation"). */
export const fileKey = ({ path, deletionVector }: Pick<AddFile, 'path' | 'deletionVector'>): string =>
  deletionVector === undefined ? decodePath(path) : `${decodePath(path)}\n${deletionVectorId(deletionVector)}`;

/** `uniqueId` of a deletion vector (PROTOCOL.md, "Deletion Vectors"). */
export const deletionVectorId = ({ storageType, pathOrInlineDv, offset }: DeletionVector): string =>
  `${storageType}${pathOrInlineDv}${offset === undefined ? '' : `@${offset}`}`;

/**
 * Loads the snapshot of `atVersion`, or of the latest version. `undefined`: there is no table.
 *
 * @throws as `loadLogState` does.
 */
export async function loadSnapshot(
  store: ObjectStore,
  codec: CheckpointReader,
  atVersion?: number,
): Promise<Snapshot | undefined> {
  return readSegment(store, atVersion, async (segment) => {
    const draft = emptyDraft();
    const files = new Map<string, AddFile>();
    const tombstones = new Map<string, RemoveFile>();
    const kinds = ['protocol', 'metaData', 'txn', 'domainMetadata', 'add', 'remove'] as const;
    for await (const action of replay(store, codec, segment, kinds)) {
      applyToDraft(draft, action);
      applyToFiles(files, tombstones, action);
    }
    return { ...finishDraft(draft, segment), files, tombstones };
  });
}

/** The later action on a logical file wins. */
function applyToFiles(files: Map<string, AddFile>, tombstones: Map<string, RemoveFile>, action: Action): void {
  if ('add' in action) {
    const key = fileKey(action.add);
    tombstones.delete(key);
    files.set(key, action.add);
  } else if ('remove' in action) {
    const key = fileKey(action.remove);
    files.delete(key);
    tombstones.set(key, action.remove);
  }
}
