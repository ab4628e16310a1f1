import type { RemoveFile } from './actions.ts';
import type { CheckpointCodec, CheckpointContent, FileAction, StateAction, WrittenFile } from './checkpoint-codec.ts';
import { checkpointState, isKeptTombstone } from './checkpoint-plan.ts';
import { differenceOf, liveFingerprint } from './compare-checkpoint.ts';
import { CorruptLog, NotATable, VersionNotReconstructible } from './errors.ts';
import type { FileChanges } from './file-changes.ts';
import { type LastCheckpoint, readLastCheckpoint, serializeLastCheckpoint } from './last-checkpoint.ts';
import { openSegment, readChanges } from './live-files.ts';
import { checkpointPath, lastCheckpointPath, sidecarFilePath, v2CheckpointPath } from './log-path.ts';
import { type CheckpointFiles, findLogSegment, type LogSegment, readSegment } from './log-segment.ts';
import type { LogState } from './log-state.ts';
import type { ObjectInfo, ObjectStore, PutOutcome, Upload } from './object-store.ts';
import { properties, validPropertyOf } from './properties.ts';
import { assertWritable } from './protocol.ts';
import { checkpointActions, checkpointParts, ranged, stateKinds } from './replay.ts';

/**
 * Writes the checkpoint of `version` unless one is there, reads it back, compares it with what was written, and only then points
 * `_last_checkpoint` at it (PROTOCOL.md, "Checkpoints"). Answers what the pointer says of that version. The file is classic;
 * a table that asks for V2 checkpoints gets one if `newId` makes UUIDs for its names. Memory holds what changed since the
 * checkpoint before and a few row groups.
 *
 * @throws {CorruptLog} when what was read back is not what was written: the pointer stays as it was.
 * @throws {NotATable | VersionNotReconstructible | UnsupportedProtocol | UnsupportedFeature} when nothing can be written.
 */
export async function writeCheckpoint(
  store: ObjectStore,
  codec: CheckpointCodec,
  version: number,
  nowMs: number,
  newId?: () => string,
): Promise<LastCheckpoint> {
  const hint = await readSegment(store, version, async (segment) => {
    const { checkpoint } = segment;
    if (checkpoint?.version === version) return existingCheckpoint(store, codec, checkpoint);
    return newCheckpoint(store, codec, segment, nowMs, newId);
  });
  if (hint === undefined) throw new NotATable(`expected a table to write checkpoint ${version} of, found no log`);
  const present = await readLastCheckpoint(store);
  if (present === undefined || present.version <= version) {
    await store.put(lastCheckpointPath, serializeLastCheckpoint(hint));
  }
  return hint;
}

async function newCheckpoint(
  store: ObjectStore,
  codec: CheckpointCodec,
  segment: LogSegment,
  nowMs: number,
  newId: (() => string) | undefined,
): Promise<LastCheckpoint> {
  const { state, changes } = await readChanges(store, codec, segment);
  const { version, protocol, metaData } = state;
  assertWritable(protocol, metaData);
  const parts =
    segment.checkpoint === undefined
      ? { files: [], inline: [] }
      : await checkpointParts(store, codec, segment.checkpoint);
  const isKept = isKeptTombstone(metaData, nowMs);
  const keeps = (action: FileAction) =>
    'add' in action ? !changes.has(action.add) : isKept(action.remove) && !changes.has(action.remove);
  const content: CheckpointContent = {
    state: checkpointState(state, nowMs),
    metaData,
    protocol,
    previous: parts.files,
    keeps,
    files: fileActions(parts.inline.filter(keeps), changes, isKept),
  };
  const asksForV2 = validPropertyOf(metaData, properties.checkpointPolicy) === 'v2';
  const mayBeV2 = protocol.readerFeatures?.includes('v2Checkpoint') ?? false;
  if (asksForV2 && mayBeV2 && newId !== undefined) return newV2Checkpoint(store, codec, version, content, newId);

  const path = checkpointPath(version);
  const { written, outcome, info } = await putFile(store, codec, path, content);
  if (outcome !== 'created') {
    const theirs: CheckpointFiles = { version, kind: 'classic', files: [info] };
    await assertAlike(store, codec, theirs, state, written.fingerprint);
    return hintOf(store, codec, theirs);
  }
  await assertAsWritten(store, info, written);
  return { version, size: written.actions, sizeInBytes: info.sizeBytes, numOfAddFiles: written.addFiles };
}

function* fileActions(
  inline: readonly FileAction[],
  { added, removed }: FileChanges,
  isKept: (remove: RemoveFile) => boolean,
): Generator<FileAction> {
  yield* inline;
  for (const add of added) yield { add };
  for (const remove of removed) if (isKept(remove)) yield { remove };
}

/** A V2 checkpoint: all file actions in one sidecar, under fresh names. */
async function newV2Checkpoint(
  store: ObjectStore,
  codec: CheckpointCodec,
  version: number,
  content: CheckpointContent,
  newId: () => string,
): Promise<LastCheckpoint> {
  const sidecarName = `${newId()}.parquet`;
  const sidecar = await putFresh(store, codec, sidecarFilePath(sidecarName), { ...content, state: [] });
  const state: StateAction[] = [
    { checkpointMetadata: { version: BigInt(version) } },
    ...content.state,
    {
      sidecar: {
        path: sidecarName,
        sizeInBytes: sidecar.info.sizeBytes,
        modificationTime: sidecar.info.lastModifiedMs,
      },
    },
  ];
  const noFiles = { ...content, state, previous: [], keeps: () => true, files: [] };
  const top = await putFresh(store, codec, v2CheckpointPath(version, newId()), noFiles);
  return {
    version,
    size: top.written.actions + sidecar.written.actions,
    sizeInBytes: top.info.sizeBytes + sidecar.info.sizeBytes,
    numOfAddFiles: sidecar.written.addFiles,
  };
}

async function putFresh(store: ObjectStore, codec: CheckpointCodec, path: string, content: CheckpointContent) {
  const file = await putFile(store, codec, path, content);
  await assertAsWritten(store, file.info, file.written);
  return file;
}

/** Asks again after an answer that tells nothing. */
const mostCompletions = 3;

async function putFile(
  store: ObjectStore,
  codec: CheckpointCodec,
  path: string,
  content: CheckpointContent,
): Promise<{ written: WrittenFile; outcome: PutOutcome; info: ObjectInfo }> {
  const upload = await store.openUpload(path);
  try {
    const written = await codec.write(content, upload);
    const outcome = await completed(upload);
    const info = await store.head(path);
    if (info === undefined) throw new Error(`${path}: expected the checkpoint just put, found none`);
    return { written, outcome, info };
  } catch (error) {
    await upload.abort();
    throw error;
  }
}

async function completed(upload: Upload): Promise<PutOutcome> {
  let outcome: PutOutcome = 'unknown';
  for (let attempt = 0; attempt < mostCompletions && outcome === 'unknown'; attempt++) {
    outcome = await upload.completeIfAbsent();
  }
  return outcome;
}

async function assertAsWritten(store: ObjectStore, info: ObjectInfo, written: WrittenFile): Promise<void> {
  const difference = await written.verify(ranged(store, info));
  if (difference !== undefined) throw new CorruptLog(`${info.path}: read back otherwise: ${difference}`);
}

async function assertAlike(
  store: ObjectStore,
  codec: CheckpointCodec,
  checkpoint: CheckpointFiles,
  state: LogState,
  fingerprint: string,
): Promise<void> {
  const difference = await differenceOf(store, codec, checkpoint, state, fingerprint);
  if (difference === undefined) return;
  throw new CorruptLog(`${checkpoint.files[0]?.path}: expected what the commits before it say: ${difference}`);
}

/** A checkpoint that is there: it is compared with the log before it, as far as that is still there. */
async function existingCheckpoint(
  store: ObjectStore,
  codec: CheckpointCodec,
  checkpoint: CheckpointFiles,
): Promise<LastCheckpoint> {
  const { version, files } = checkpoint;
  const own = new Set(files.map(({ path }) => path));
  const before = await findLogSegment(store, version, own).catch((error: unknown) => {
    if (error instanceof VersionNotReconstructible) return undefined;
    throw error;
  });
  if (before !== undefined && before.checkpoint?.version !== version) {
    const table = await openSegment(store, codec, before);
    assertWritable(table.state.protocol, table.state.metaData);
    await assertAlike(store, codec, checkpoint, table.state, await liveFingerprint(table.files()));
  }
  return hintOf(store, codec, checkpoint);
}

/** What the pointer says of a checkpoint, counted from all of it. */
async function hintOf(
  store: ObjectStore,
  codec: CheckpointCodec,
  checkpoint: CheckpointFiles,
): Promise<LastCheckpoint> {
  const parts = await checkpointParts(store, codec, checkpoint);
  const own = new Set(checkpoint.files.map(({ path }) => path));
  const sidecars = parts.files.filter(({ path }) => !own.has(path));
  /** A V2 checkpoint holds an action that says so, and one for each sidecar. */
  let size = checkpoint.kind === 'v2' || sidecars.length > 0 ? 1 + sidecars.length : 0;
  let numOfAddFiles = 0;
  for await (const action of checkpointActions(store, codec, checkpoint, [...stateKinds, 'add', 'remove'])) {
    size++;
    if ('add' in action) numOfAddFiles++;
  }
  const { version, files } = checkpoint;
  const sizeInBytes = [...files, ...sidecars].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { version, size, ...(files.length > 1 ? { parts: files.length } : {}), sizeInBytes, numOfAddFiles };
}
