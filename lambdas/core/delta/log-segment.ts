import { CorruptLog, VersionNotReconstructible } from './errors.ts';
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
  /**
   * Commits from the checkpoint's version + 1 (or 0) to `version`, without a gap. Where commits are gone that a compacted file
   * holds, it stands in their place: what is there of each version goes first, as nothing says how well it was compacted.
   */
  commits: ObjectInfo[];
  /** The commit of `version` itself; absent when only a checkpoint or a compacted file of it was kept. */
  lastCommit: ObjectInfo | undefined;
}

/**
 * Finds what to read for `atVersion`, or for the latest version. `undefined`: there is no table. Checkpoints in `damaged`, by
 * the paths of their first files, are left aside.
 *
 * @throws {VersionNotReconstructible} when commits are missing, or the table does not reach `atVersion`.
 */
export async function findLogSegment(
  store: ObjectStore,
  atVersion?: number,
  damaged: ReadonlySet<string> = new Set(),
): Promise<LogSegment | undefined> {
  const hint = damaged.size === 0 ? await readLastCheckpoint(store) : undefined;
  if (hint !== undefined && hint.version <= (atVersion ?? hint.version)) {
    const fromHint = await listLog(store, hint.version, atVersion, damaged);
    if (fromHint.checkpoints.length > 0) return assemble(fromHint, atVersion);
  }
  return assemble(await listLog(store, 0, atVersion, damaged), atVersion);
}

/**
 * What `use` makes of the segment of `atVersion`, or of the latest version. Where that finds a corrupt log, it is asked again
 * with the next older checkpoint, or none, as long as the log goes back so far. `undefined`: there is no table. Checkpoints in
 * `damaged` are left aside from the start.
 *
 * @throws as `findLogSegment` and `use` do; of several corrupt attempts, what the first threw.
 */
export async function readSegment<Result>(
  store: ObjectStore,
  atVersion: number | undefined,
  use: (segment: LogSegment) => Promise<Result>,
  damaged: ReadonlySet<string> = new Set(),
): Promise<Result | undefined> {
  const segment = await findLogSegment(store, atVersion, damaged);
  if (segment === undefined) return undefined;
  try {
    return await use(segment);
  } catch (error) {
    if (!(error instanceof CorruptLog)) throw error;
    return readOlderSegment(store, segment, error, damaged, use);
  }
}

/**
 * As `readSegment`, of the version of a segment whose checkpoint was found damaged.
 *
 * @throws `corrupt` where no older checkpoint and no commits lead to the version.
 */
export async function readOlderSegment<Result>(
  store: ObjectStore,
  { version, checkpoint }: LogSegment,
  corrupt: CorruptLog,
  damaged: ReadonlySet<string>,
  use: (segment: LogSegment) => Promise<Result>,
): Promise<Result> {
  if (checkpoint === undefined) throw corrupt;
  try {
    const older = await readSegment(store, version, use, damagedWith(damaged, checkpoint));
    if (older === undefined) throw corrupt;
    return older;
  } catch (error) {
    throw error instanceof CorruptLog || error instanceof VersionNotReconstructible ? corrupt : error;
  }
}

/** With one more checkpoint, by the path of its first file. */
export const damagedWith = (damaged: ReadonlySet<string>, { files }: CheckpointFiles): ReadonlySet<string> =>
  new Set([...damaged, files[0]!.path]);

interface Compacted {
  info: ObjectInfo;
  version: number;
  lastVersion: number;
}

interface Listing {
  commits: Map<number, ObjectInfo>;
  /** Complete ones, by version, the one to prefer last. */
  checkpoints: CheckpointFiles[];
  compacted: Compacted[];
  /** The log holds versions after the one asked for. */
  goesBeyond: boolean;
}

async function listLog(
  store: ObjectStore,
  fromVersion: number,
  atVersion: number | undefined,
  damaged: ReadonlySet<string>,
): Promise<Listing> {
  const commits = new Map<number, ObjectInfo>();
  const compacted: Compacted[] = [];
  let goesBeyond = false;
  const checkpoints = new Map<string, { files: ObjectInfo[]; parts: number } & Omit<CheckpointFiles, 'files'>>();
  for await (const info of store.list(logFolder, beforeVersion(fromVersion))) {
    if (info.path.charAt(logFolder.length) > '9') break;
    const file = parseLogPath(info.path);
    if (file === undefined) continue;
    if ((file.kind === 'compacted' ? file.lastVersion : file.version) > (atVersion ?? Infinity)) {
      goesBeyond = true;
      continue;
    }
    const { kind, version } = file;
    if (kind === 'commit') commits.set(version, info);
    if (info.sizeBytes === 0) continue;
    if (kind === 'compacted') compacted.push({ ...file, info });
    if (kind === 'checkpoint') checkpoints.set(info.path, { version, kind: 'classic', files: [info], parts: 1 });
    if (kind === 'v2Checkpoint') checkpoints.set(info.path, { version, kind: 'v2', files: [info], parts: 1 });
    if (kind === 'multipartCheckpoint') {
      const key = `${version}/${file.parts}`;
      const known = checkpoints.get(key) ?? { version, kind: 'classic', files: [], parts: file.parts };
      known.files.push(info);
      checkpoints.set(key, known);
    }
  }
  const usable = [...checkpoints.values()].filter(
    ({ files, parts }) => files.length === parts && !damaged.has(files[0]!.path),
  );
  usable.sort((left, right) => left.version - right.version || rank(left, right));
  return { commits, checkpoints: usable, compacted, goesBeyond };
}

/** Spark's preference at one version: V2 over multi-part over a single file. */
const rank = (left: CheckpointFiles, right: CheckpointFiles): number =>
  left.kind === right.kind ? left.files.length - right.files.length : left.kind === 'v2' ? 1 : -1;

function assemble(
  { commits, checkpoints, compacted, goesBeyond }: Listing,
  atVersion: number | undefined,
): LogSegment | undefined {
  const checkpoint = checkpoints.at(-1);
  const reached = [...commits.keys(), ...compacted.map(({ lastVersion }) => lastVersion)];
  const newest = reached.reduce((left, right) => Math.max(left, right), checkpoint?.version ?? -1);
  if (newest < 0) {
    if (atVersion === undefined) return undefined;
    throw new VersionNotReconstructible(`expected a log that reaches version ${atVersion}, found none of its files`);
  }
  const version = atVersion ?? newest;
  const first = checkpoint === undefined ? 0 : checkpoint.version + 1;
  const following: ObjectInfo[] = [];
  for (let wanted = first; wanted <= version; wanted++) {
    const commit = commits.get(wanted);
    const standIn = commit === undefined ? longestOf(compacted, wanted) : undefined;
    if (commit !== undefined) following.push(commit);
    else if (standIn !== undefined) {
      following.push(standIn.info);
      wanted = standIn.lastVersion;
    } else if (wanted > newest && !goesBeyond) {
      throw new VersionNotReconstructible(
        `expected a version of the table, got ${version}: the latest version is ${newest}`,
      );
    } else {
      throw new VersionNotReconstructible(
        `expected every commit from ${first} to ${version}, version ${wanted} is missing`,
      );
    }
  }
  return { version, checkpoint, commits: following, lastCommit: commits.get(version) };
}

/** Of the compacted files that hold `version`, the one that goes furthest. */
const longestOf = (compacted: readonly Compacted[], holds: number): Compacted | undefined =>
  compacted
    .filter(({ version, lastVersion }) => version <= holds && holds <= lastVersion)
    .sort((left, right) => right.lastVersion - left.lastVersion)[0];
