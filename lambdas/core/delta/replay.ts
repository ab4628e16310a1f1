import { parseActions, parseLines, toAction } from './action-json.ts';
import type { Action } from './actions.ts';
import type {
  ActionKind,
  CheckpointAction,
  CheckpointReader,
  FileAction,
  FileQuery,
  RangedFile,
} from './checkpoint-codec.ts';
import { watched } from './checkpoint-damage.ts';
import { CorruptLog, VersionNotReconstructible } from './errors.ts';
import { logFolder } from './log-path.ts';
import type { CheckpointFiles, LogSegment } from './log-segment.ts';
import type { ObjectInfo, ObjectStore, StoredObject } from './object-store.ts';

/** Kinds of actions that a commit needs to know: all but those of files. */
export const stateKinds = ['protocol', 'metaData', 'txn', 'domainMetadata'] as const;

/** Commits are fetched this many at a time. */
const parallelReads = 16;

/**
 * Actions of a segment in the order they took effect: the checkpoint's, of `kinds`, then every commit's, of any kind.
 * The later wins.
 */
export async function* replay(
  store: ObjectStore,
  codec: CheckpointReader,
  { checkpoint, commits }: LogSegment,
  kinds: readonly ActionKind[],
): AsyncGenerator<Action> {
  if (checkpoint !== undefined) yield* checkpointActions(store, codec, checkpoint, kinds);
  yield* commitActions(store, commits);
}

/** Actions of commits in their order; a few commits are in memory at a time. */
export async function* commitActions(store: ObjectStore, commits: readonly ObjectInfo[]): AsyncGenerator<Action> {
  for (let start = 0; start < commits.length; start += parallelReads) {
    const objects = await Promise.all(commits.slice(start, start + parallelReads).map(({ path }) => read(store, path)));
    for (const { path, bytes } of objects) yield* parseActions(bytes, path);
  }
}

/**
 * Actions of `kinds` of one complete checkpoint, sidecars followed when file actions are asked for. With `query`, some of the files
 * that certainly hold no row of it are left out.
 */
export async function* checkpointActions(
  store: ObjectStore,
  codec: CheckpointReader,
  { files }: CheckpointFiles,
  kinds: readonly ActionKind[],
  query?: FileQuery,
): AsyncGenerator<Action> {
  for (const file of files) {
    for await (const action of topLevelActions(store, codec, file, kinds, query)) {
      if (!('sidecar' in action)) {
        if (kinds.some((kind) => kind in action)) yield action;
      } else if (kinds.includes('add') || kinds.includes('remove')) {
        const { path, sizeInBytes } = action.sidecar;
        const sidecar = { path: sidecarPath(path), sizeBytes: sizeInBytes };
        for await (const fileAction of decoded(store, codec, sidecar, kinds, query)) {
          if (!('sidecar' in fileAction)) yield fileAction;
        }
      }
    }
  }
}

/** The Parquet files that hold a checkpoint's file actions, and those actions that stand in JSON. */
export async function checkpointParts(
  store: ObjectStore,
  codec: CheckpointReader,
  { files }: CheckpointFiles,
): Promise<{ files: RangedFile[]; inline: FileAction[] }> {
  const parts: { files: RangedFile[]; inline: FileAction[] } = { files: [], inline: [] };
  for (const file of files) {
    if (!file.path.endsWith('.json')) parts.files.push(ranged(store, file));
    for await (const action of topLevelActions(store, codec, file, [], undefined)) {
      if ('sidecar' in action) {
        const { path, sizeInBytes } = action.sidecar;
        parts.files.push(ranged(store, { path: sidecarPath(path), sizeBytes: sizeInBytes }));
      } else if ('add' in action || 'remove' in action) parts.inline.push(action);
    }
  }
  return parts;
}

/** Sidecars name a file under `_sidecars/`, or a URI, whose last part is that name. */
const sidecarPath = (path: string): string => `${logFolder}_sidecars/${path.slice(path.lastIndexOf('/') + 1)}`;

async function* topLevelActions(
  store: ObjectStore,
  codec: CheckpointReader,
  file: ObjectInfo,
  kinds: readonly ActionKind[],
  query: FileQuery | undefined,
): AsyncGenerator<CheckpointAction> {
  if (!file.path.endsWith('.json')) {
    yield* decoded(store, codec, file, kinds, query);
    return;
  }
  const { bytes } = await read(store, file.path);
  for (const line of parseLines(bytes, file.path)) {
    const action = 'sidecar' in line ? (line as unknown as CheckpointAction) : toAction(line, file.path);
    if (action !== undefined) yield action;
  }
}

/** What the codec reads of a file. Whatever it fails of is damage, unless the store failed it. */
async function* decoded(
  store: ObjectStore,
  codec: CheckpointReader,
  info: Pick<ObjectInfo, 'path' | 'sizeBytes'>,
  kinds: readonly ActionKind[],
  query: FileQuery | undefined,
): AsyncGenerator<CheckpointAction> {
  const file = watched(ranged(store, info));
  try {
    yield* codec.read(file, kinds, query);
  } catch (error) {
    throw file.asDamage(error);
  }
}

/** One object of a store, read by ranges. */
export const ranged = (
  store: ObjectStore,
  { path, sizeBytes }: Pick<ObjectInfo, 'path' | 'sizeBytes'>,
): RangedFile => ({
  path,
  sizeBytes,
  async readRange(start, end) {
    const bytes = await store.readRange(path, start, end);
    if (bytes === undefined) throw new CorruptLog(`${path}: expected the file that the log names, found none`);
    return bytes;
  },
});

async function read(store: ObjectStore, path: string): Promise<StoredObject> {
  const object = await store.read(path);
  if (object === undefined) throw new VersionNotReconstructible(`${path} was listed and is gone: cleaned up meanwhile`);
  return object;
}
