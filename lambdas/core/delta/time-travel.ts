import { parseActions } from './action-json.ts';
import type { CommitInfo, MetaData } from './actions.ts';
import type { CheckpointReader } from './checkpoint-codec.ts';
import { CorruptLog, NotATable, VersionNotReconstructible } from './errors.ts';
import { commitPath, logFolder, parseLogPath } from './log-path.ts';
import { type LogState, loadLogState } from './log-state.ts';
import type { ObjectInfo, ObjectStore } from './object-store.ts';
import { properties, validPropertyOf } from './properties.ts';

/** A commit whose JSON is in the log, and the time by which it is known. */
export interface TimedCommit {
  version: number;
  info: ObjectInfo;
  /** When the object was written, at least a millisecond after the commit before. */
  writtenMs: number;
}

/** Every commit that is in the log, oldest first. */
export async function timedCommits(store: ObjectStore): Promise<TimedCommit[]> {
  const commits: TimedCommit[] = [];
  for await (const info of store.list(logFolder)) {
    const file = parseLogPath(info.path);
    if (file?.kind !== 'commit') continue;
    const writtenMs = Math.max(info.lastModifiedMs, (commits.at(-1)?.writtenMs ?? -Infinity) + 1);
    commits.push({ version: file.version, info, writtenMs });
  }
  return commits;
}

/** From which version on commits say their time themselves (PROTOCOL.md, "In-Commit Timestamps"). */
export interface InCommitTimes {
  fromVersion: number;
  /** Absent where every version says its time. */
  fromMs: number | undefined;
}

export function inCommitTimesOf(metaData: Pick<MetaData, 'configuration'>): InCommitTimes | undefined {
  if (!validPropertyOf(metaData, properties.enableInCommitTimestamps)) return undefined;
  const { configuration } = metaData;
  const fromVersion = Number(configuration['delta.inCommitTimestampEnablementVersion'] ?? 0);
  const since = configuration['delta.inCommitTimestampEnablementTimestamp'];
  return { fromVersion, fromMs: since === undefined ? undefined : Number(since) };
}

/** @throws {CorruptLog} when a commit that must say its time does not. */
export function inCommitTimestamp(commitInfo: CommitInfo | undefined, where: string): number {
  const timestamp = commitInfo?.inCommitTimestamp;
  if (typeof timestamp !== 'number') {
    throw new CorruptLog(`${where}: expected commitInfo.inCommitTimestamp, got ${String(timestamp)}`);
  }
  return timestamp;
}

/**
 * The version that was the latest at an instant: the newest whose time is at or before it.
 *
 * @throws {NotATable} when there is no table.
 * @throws {VersionNotReconstructible} when the instant lies before the first commit that is left, or after the latest.
 */
export async function versionAt(store: ObjectStore, codec: CheckpointReader, timestampMs: number): Promise<number> {
  const state = await loadLogState(store, codec);
  if (state === undefined) throw new NotATable('expected a table, found no log');
  const commits = (await timedCommits(store)).filter(({ version }) => version <= state.version);
  const inCommit = inCommitTimesOf(state.metaData);
  const saying = commits.filter(({ version }) => inCommit !== undefined && version >= inCommit.fromVersion);
  const silent = commits.slice(0, commits.length - saying.length);
  const isSaid = saying.length > 0 && timestampMs >= (inCommit?.fromMs ?? -Infinity);
  const timeOf = isSaid
    ? ({ info }: TimedCommit) => timeSaidBy(store, info.path)
    : ({ writtenMs }: TimedCommit) => Promise.resolve(writtenMs);
  const candidates = isSaid ? saying : silent;
  const found = await lastAtOrBefore(candidates, timestampMs, timeOf);
  const latest = commits.at(-1);
  if (found === undefined) {
    const first = candidates[0] === undefined ? 'none' : instant(await timeOf(candidates[0]));
    throw outside(timestampMs, `at or after the first commit that is left (${first})`);
  }
  if (found === latest && timestampMs > (await timeOf(found))) {
    throw outside(timestampMs, `at or before the latest commit (${instant(await timeOf(found))})`);
  }
  return found.version;
}

const instant = (ms: number): string => new Date(ms).toISOString();

const outside = (timestampMs: number, wanted: string): VersionNotReconstructible =>
  new VersionNotReconstructible(`expected an instant ${wanted}, got ${instant(timestampMs)}`);

/** By halving: times ascend, and each may cost a request. */
async function lastAtOrBefore(
  commits: readonly TimedCommit[],
  timestampMs: number,
  timeOf: (commit: TimedCommit) => Promise<number>,
): Promise<TimedCommit | undefined> {
  let low = 0;
  let high = commits.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((await timeOf(commits[middle]!)) <= timestampMs) low = middle + 1;
    else high = middle;
  }
  return commits[low - 1];
}

/**
 * When the commit of a state was made: as it says itself, or else as the store says.
 *
 * @throws {CorruptLog} when a commit that must say its time does not.
 */
export async function commitTimeMs(store: ObjectStore, state: LogState): Promise<number> {
  const inCommit = inCommitTimesOf(state.metaData);
  if (inCommit === undefined || state.version < inCommit.fromVersion || state.etag === undefined) {
    return state.commitTimestampMs;
  }
  return timeSaidBy(store, commitPath(state.version));
}

async function timeSaidBy(store: ObjectStore, path: string): Promise<number> {
  const object = await store.read(path);
  if (object === undefined) throw new VersionNotReconstructible(`${path} was listed and is gone: cleaned up meanwhile`);
  const commitInfo = parseActions(object.bytes, path).find((action) => 'commitInfo' in action)?.commitInfo;
  return inCommitTimestamp(commitInfo, path);
}
