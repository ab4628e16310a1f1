import { VersionNotReconstructible } from './errors.ts';
import { readLastCheckpoint } from './last-checkpoint.ts';
import { beforeVersion, logFolder, parseLogPath } from './log-path.ts';
import type { ObjectInfo, ObjectStore } from './object-store.ts';

/** A complete checkpoint: one file, or all parts of a multi-part one. */
export interface CheckpointFiles {
  version: number;
  kind: 'classic' | 'v2';
  files: ObjectInfo[];
}

/** The files of a log that make up one version: a checkpoint, if any, and every commit after it. */
export interface LogSegment {
  version: number;
  checkpoint: CheckpointFiles | undefined;
  /** Commits from the checkpoint's version + 1 (or 0) to `version`, without a gap. */
  commits: ObjectInfo[];
  /** The commit of `version` itself; absent when only its checkpoint was kept. */
  lastCommit: ObjectInfo | undefined;
}

/**
 * Finds what to read for `atVersion`, or for the latest version. `undefined`: there is no table.
 *
 * @throws {VersionNotReconstructible} when commits are missing, or the table does not reach `atVersion`.
 */
export async function findLogSegment(store: ObjectStore, atVersion?: number): Promise<LogSegment | undefined> {
  const hint = await readLastCheckpoint(store);
  if (hint !== undefined && hint.version <= (atVersion ?? hint.version)) {
    const fromHint = await listLog(store, hint.version, atVersion);
    if (fromHint.checkpoints.length > 0) return assemble(fromHint, atVersion);
  }
  return assemble(await listLog(store, 0, atVersion), atVersion);
}

interface Listing {
  commits: Map<number, ObjectInfo>;
  /** Complete ones, by version, the one to prefer last. */
  checkpoints: CheckpointFiles[];
}

async function listLog(store: ObjectStore, fromVersion: number, atVersion: number | undefined): Promise<Listing> {
  const commits = new Map<number, ObjectInfo>();
  const checkpoints = new Map<string, { files: ObjectInfo[]; parts: number } & Omit<CheckpointFiles, 'files'>>();
  for await (const info of store.list(logFolder, beforeVersion(fromVersion))) {
    if (info.path.charAt(logFolder.length) > '9') break;
    const file = parseLogPath(info.path);
    if (file === undefined || file.version > (atVersion ?? file.version)) continue;
    const { kind, version } = file;
    if (kind === 'commit') commits.set(version, info);
    if (info.sizeBytes === 0) continue;
    if (kind === 'checkpoint') checkpoints.set(info.path, { version, kind: 'classic', files: [info], parts: 1 });
    if (kind === 'v2Checkpoint') checkpoints.set(info.path, { version, kind: 'v2', files: [info], parts: 1 });
    if (kind === 'multipartCheckpoint') {
      const key = `${version}/${file.parts}`;
      const known = checkpoints.get(key) ?? { version, kind: 'classic', files: [], parts: file.parts };
      known.files.push(info);
      checkpoints.set(key, known);
    }
  }
  const complete = [...checkpoints.values()].filter(({ files, parts }) => files.length === parts);
  return { commits, checkpoints: complete.sort((left, right) => left.version - right.version || rank(left, right)) };
}

/** Spark's preference at one version: V2 over multi-part over a single file. */
const rank = (left: CheckpointFiles, right: CheckpointFiles): number =>
  left.kind === right.kind ? left.files.length - right.files.length : left.kind === 'v2' ? 1 : -1;

function assemble({ commits, checkpoints }: Listing, atVersion: number | undefined): LogSegment | undefined {
  const checkpoint = checkpoints.at(-1);
  const newest = Math.max(checkpoint?.version ?? -1, ...commits.keys());
  if (newest < 0) {
    if (atVersion === undefined) return undefined;
    throw new VersionNotReconstructible(`expected a log that reaches version ${atVersion}, found none of its files`);
  }
  const version = atVersion ?? newest;
  const first = checkpoint === undefined ? 0 : checkpoint.version + 1;
  const following: ObjectInfo[] = [];
  for (let wanted = first; wanted <= version; wanted++) {
    const commit = commits.get(wanted);
    if (commit === undefined) {
      throw new VersionNotReconstructible(
        `expected every commit from ${first} to ${version}, version ${wanted} is missing`,
      );
    }
    following.push(commit);
  }
  return { version, checkpoint, commits: following, lastCommit: commits.get(version) };
}
