import { parseActions } from './action-json.ts';
import type { MetaData } from './actions.ts';
import { VersionNotReconstructible } from './errors.ts';
import { beforeVersion, type LogFile, logFolder, parseLogPath } from './log-path.ts';
import { type CheckpointFiles, findLogSegment } from './log-segment.ts';
import type { ObjectInfo, ObjectStore } from './object-store.ts';
import { type InCommitTimes, inCommitTimesOf, inCommitTimestamp } from './time-travel.ts';

type VersionFile = LogFile & { info: ObjectInfo };

interface TimedVersion {
  version: number;
  path: string;
  /** When the store says its object was written, and by which time the version is known: at least a millisecond after the one before. */
  writtenMs: number;
  knownMs: number;
}

/** What may leave a log, and what holds its place. */
export interface LogCleanup {
  /** The newest complete one at or before the newest version that is past its retention; it stays, with all that follows. */
  checkpoint: CheckpointFiles;
  /** Versions below this one leave. */
  keptFrom: number;
  /** Their files, oldest first. */
  files: VersionFile[];
}

const dayMs = 86_400_000;

/** Retention ends at a midnight, UTC, as in Spark. */
export const cutoffOf = (nowMs: number, retentionMs: number): number =>
  Math.floor((nowMs - retentionMs) / dayMs) * dayMs;

/**
 * Plans by the protocol's rule (PROTOCOL.md, "Metadata Cleanup"): the newest version known at or before the cutoff, the newest
 * checkpoint at or before that version, and everything older than the checkpoint. Versions whose files date the ones that stay
 * are left as well: a version dates from after the one before it, whatever its own file says. `undefined`: no version
 * is old enough, or no checkpoint stands in for those that are.
 */
export async function planLogCleanup(
  store: ObjectStore,
  metaData: MetaData,
  cutoffMs: number,
): Promise<LogCleanup | undefined> {
  const files = await versionFiles(store);
  const versions = timedVersions(files);
  const old = versions.filter(({ knownMs }) => knownMs <= cutoffMs);
  const cutoffVersion = await lastSaidBefore(store, old, inCommitTimesOf(metaData), cutoffMs);
  if (cutoffVersion === undefined) return undefined;
  const checkpoint = await checkpointFor(store, cutoffVersion);
  if (checkpoint === undefined) return undefined;
  const keptFrom = withDatingVersions(versions, checkpoint.version);
  const leaves = (file: VersionFile): boolean =>
    file.kind === 'compacted'
      ? file.version <= checkpoint.version && isSpare(checkpoint.version + 1, file.lastVersion, versions)
      : file.version < keptFrom;
  return { checkpoint, keptFrom, files: files.filter(leaves) };
}

/** Others clean up to the latest checkpoint: versions that they leave below the first one lead nowhere. */
async function checkpointFor(store: ObjectStore, version: number): Promise<CheckpointFiles | undefined> {
  try {
    return (await findLogSegment(store, version))?.checkpoint;
  } catch (error) {
    if (error instanceof VersionNotReconstructible) return undefined;
    throw error;
  }
}

/** Whether every commit from `first` to `last` is there: one that is gone may live on in a compacted file alone. */
function isSpare(first: number, last: number, versions: readonly TimedVersion[]): boolean {
  const present = versions.filter(({ version }) => version >= first && version <= last);
  return present.length === Math.max(0, last - first + 1);
}

/** The newest of `old` that does not itself say that it is younger. Clocks differ by little, so that few are asked. */
async function lastSaidBefore(
  store: ObjectStore,
  old: readonly TimedVersion[],
  inCommitTimes: InCommitTimes | undefined,
  cutoffMs: number,
): Promise<number | undefined> {
  for (const { version, path } of old.toReversed()) {
    if (inCommitTimes === undefined || version < inCommitTimes.fromVersion) return version;
    const object = await store.read(path);
    const actions = object === undefined ? [] : parseActions(object.bytes, path);
    const commitInfo = actions.find((action) => 'commitInfo' in action)?.commitInfo;
    if (inCommitTimestamp(commitInfo, path) <= cutoffMs) return version;
  }
  return undefined;
}

async function versionFiles(store: ObjectStore): Promise<VersionFile[]> {
  const files: VersionFile[] = [];
  for await (const info of store.list(logFolder, beforeVersion(0))) {
    if (info.path.charAt(logFolder.length) > '9') break;
    const file = parseLogPath(info.path);
    if (file !== undefined) files.push({ ...file, info });
  }
  return files;
}

function timedVersions(files: readonly VersionFile[]): TimedVersion[] {
  let knownMs = Number.NEGATIVE_INFINITY;
  return files
    .filter(({ kind }) => kind === 'commit')
    .map(({ version, info: { path, lastModifiedMs: writtenMs } }) => {
      knownMs = Math.max(writtenMs, knownMs + 1);
      return { version, path, writtenMs, knownMs };
    });
}

/** The version, or the older one by whose file it is dated. */
function withDatingVersions(versions: readonly TimedVersion[], version: number): number {
  let index = versions.findIndex((timed) => timed.version >= version);
  while (index > 0 && versions[index]!.knownMs > versions[index]!.writtenMs) index -= 1;
  return Math.min(version, versions[index]?.version ?? version);
}
