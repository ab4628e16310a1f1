import type { Action } from './actions.ts';
import type { ActionKind, CheckpointCodec } from './checkpoint-codec.ts';
import { asCheckpointed, planCheckpoint } from './checkpoint-plan.ts';
import { CorruptLog, NotATable } from './errors.ts';
import { type LastCheckpoint, readLastCheckpoint, serializeLastCheckpoint } from './last-checkpoint.ts';
import { checkpointPath, lastCheckpointPath } from './log-path.ts';
import type { ObjectStore } from './object-store.ts';
import { assertWritable } from './protocol.ts';
import { checkpointActions } from './replay.ts';
import { loadSnapshot } from './snapshot.ts';

const allKinds: readonly ActionKind[] = ['protocol', 'metaData', 'txn', 'domainMetadata', 'add', 'remove'];

/**
 * Writes the classic checkpoint of `version` unless one is there, reads it back, compares it with the snapshot, and only
 * then points `_last_checkpoint` at it (PROTOCOL.md, "Checkpoints"). Answers what the pointer says of that version.
 *
 * @throws {CorruptLog} when what was read back is not what the snapshot holds: the pointer stays as it was.
 * @throws {NotATable | VersionNotReconstructible | UnsupportedProtocol | UnsupportedFeature} when nothing can be written.
 */
export async function writeCheckpoint(
  store: ObjectStore,
  codec: CheckpointCodec,
  version: number,
  nowMs: number,
): Promise<LastCheckpoint> {
  const snapshot = await loadSnapshot(store, codec, version);
  if (snapshot === undefined) throw new NotATable(`expected a table to write checkpoint ${version} of, found no log`);
  assertWritable(snapshot.protocol, snapshot.metaData);
  const planned = planCheckpoint(snapshot, nowMs);

  const path = checkpointPath(version);
  const outcome = await store.putIfAbsent(path, await codec.write(planned));
  const written = await store.head(path);
  if (written === undefined) throw new Error(`${path}: expected the checkpoint just put, found none`);

  const found: Action[] = [];
  const files = { version, kind: 'classic' as const, files: [written] };
  for await (const action of checkpointActions(store, codec, files, allKinds)) found.push(action);
  if (!sameActions(planned, found, outcome === 'exists')) {
    throw new CorruptLog(
      `${path}: expected the ${planned.length} actions of version ${version}, read back ${found.length} that differ`,
    );
  }

  const hint: LastCheckpoint = {
    version,
    size: found.length,
    sizeInBytes: written.sizeBytes,
    numOfAddFiles: snapshot.files.size,
  };
  const present = await readLastCheckpoint(store);
  if (present === undefined || present.version <= version) {
    await store.put(lastCheckpointPath, serializeLastCheckpoint(hint));
  }
  return hint;
}

/** Another writer's checkpoint may keep other tombstones. */
function sameActions(planned: readonly Action[], found: readonly Action[], isAnothers: boolean): boolean {
  const lines = [planned, found].map((actions) =>
    actions
      .filter((action) => !(isAnothers && 'remove' in action))
      .map((action) => JSON.stringify(asCheckpointed(action), canonicalMember))
      .sort(),
  ) as [string[], string[]];
  return lines[0].length === lines[1].length && lines[0].every((line, index) => line === lines[1][index]);
}

function canonicalMember(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1)));
}
