import { metrics } from '#contract/metrics.ts';
import type { Settings } from '#contract/settings.ts';
import type { CheckpointReader } from '#delta/checkpoint-codec.ts';
import { cutoffOf, type LogCleanup, planLogCleanup } from '#delta/log-cleanup.ts';
import { tempCommitFolder } from '#delta/log-path.ts';
import { loadLogState } from '#delta/log-state.ts';
import type { LogStore } from '#delta/log-store.ts';
import type { ObjectInfo, ObjectStore } from '#delta/object-store.ts';
import { properties, propertyOf } from '#delta/properties.ts';
import { assertWritable } from '#delta/protocol.ts';
import { proveCheckpoint } from '#delta/prove-checkpoint.ts';
import { unnamedSidecars } from '#delta/sidecars.ts';
import type { Clock } from '../clock.ts';
import type { Measurements } from '../measurements.ts';
import { tableSettingsOf } from '../table-defaults.ts';
import type { TableLog } from './table-log.ts';

export interface CleanLogPorts {
  settings: Pick<Settings, 'tables'>;
  logOf: (tableName: string) => TableLog;
  codec: CheckpointReader;
  clock: Clock;
  measurements: Measurements;
}

export interface CleanLogRequest {
  tableName: string;
  /** Plans and tells, but changes nothing. */
  dryRun: boolean;
}

export interface CleanedLogFile {
  path: string;
  sizeBytes: number;
}

/** What was found in a table's log, and what became of it. */
export interface CleanLogResult {
  outcome:
    | 'noTable'
    /** The table's `delta.enableExpiredLogCleanup` is false. */
    | 'disabled'
    /** No version is past its retention, or none that a checkpoint stands in for, and nothing else is to be deleted. */
    | 'nothing'
    | 'planned'
    | 'cleaned';
  /** Versions known after this instant stay, whatever checkpoints there are. */
  cutoffMs?: number;
  /** The oldest version of which the log keeps something. */
  keptFrom?: number;
  /** Of this version, and proved: by the log before it is cleaned, or as readable where the log reaches back no further. */
  checkpoint?: { version: number; proof: 'sameAsLog' | 'readable' };
  /** Oldest first; then sidecars and what commits were finished from. */
  files: CleanedLogFile[];
  bytes: number;
  /** Files beyond the limit of a run are left for the next. */
  isMoreLeft: boolean;
}

/** A result in numbers, as logs and machines get it; files themselves may be many. */
export interface CleanLogSummary extends Omit<CleanLogResult, 'files'> {
  foundFiles: number;
}

export const cleanLogSummary = ({ files, ...numbers }: CleanLogResult): CleanLogSummary => ({
  ...numbers,
  foundFiles: files.length,
});

/** A sidecar younger than this may belong to a checkpoint that is being written. */
const sidecarAgeMs = 86_400_000;
/** A commit that is not finished from its temporary file by then never will be. */
const temporaryAgeMs = 30 * 86_400_000;
const filesPerRequest = 1_000;
const parallelQuestions = 16;

/**
 * Deletes the versions of a table's log that are past `delta.logRetentionDuration` and that a checkpoint stands in for. That
 * checkpoint is read and compared with the log first. Files go oldest first, so that a crash leaves a log that begins later. What
 * commits were finished from goes once it is 30 days old.
 *
 * @throws {CorruptLog} when the checkpoint that would stand in for the rest is not what the log says: nothing is deleted.
 * @throws {UnsupportedProtocol | UnsupportedFeature} when the table cannot be written here.
 */
export async function cleanLog(request: CleanLogRequest, ports: CleanLogPorts): Promise<CleanLogResult> {
  const { measurements } = ports;
  const about = { table: request.tableName };
  try {
    const result = await clean(request, ports);
    measurements.count(metrics.logCleanupRuns, 1, about);
    return result;
  } catch (error) {
    measurements.count(metrics.logCleanupFailures, 1, about);
    throw error;
  }
}

async function clean({ tableName, dryRun }: CleanLogRequest, ports: CleanLogPorts): Promise<CleanLogResult> {
  const { codec, clock, measurements } = ports;
  const { objects, logStore } = ports.logOf(tableName);
  const state = await loadLogState(objects, codec);
  if (state === undefined) return nothing('noTable');
  assertWritable(state.protocol, state.metaData);
  if (!propertyOf(state.metaData, properties.enableExpiredLogCleanup)) return nothing('disabled');

  /** First: what it is finished from may be as old as what goes. */
  if (!dryRun) await logStore.finish();
  const nowMs = clock();
  const cutoffMs = cutoffOf(nowMs, propertyOf(state.metaData, properties.logRetentionMs));
  const planned = await planLogCleanup(objects, state.metaData, cutoffMs);
  const temporary = await temporaryFiles(objects, nowMs - temporaryAgeMs);
  const expired = planned === undefined ? undefined : await expiredFiles(planned, ports, tableName, nowMs);

  const all = [...(expired?.files ?? []), ...temporary];
  const files = all
    .slice(0, tableSettingsOf(ports.settings, tableName).logCleanup.maxFiles)
    .map(({ path, sizeBytes }) => ({ path, sizeBytes }));
  for (let start = 0; start < files.length && !dryRun; start += filesPerRequest) {
    const batch = files.slice(start, start + filesPerRequest);
    await objects.deleteAll(batch.map(({ path }) => path));
    measurements.count(metrics.cleanedLogFiles, batch.length, { table: tableName });
  }
  return {
    outcome: files.length === 0 ? 'nothing' : dryRun ? 'planned' : 'cleaned',
    cutoffMs,
    ...(expired?.told ?? {}),
    files,
    bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    isMoreLeft: files.length < all.length,
  };
}

/** Versions that leave, and sidecars that no checkpoint of those that stay names. */
async function expiredFiles(
  planned: LogCleanup,
  { codec, logOf }: CleanLogPorts,
  tableName: string,
  nowMs: number,
): Promise<{ files: ObjectInfo[]; told: Pick<CleanLogResult, 'keptFrom' | 'checkpoint'> }> {
  const { objects, logStore } = logOf(tableName);
  const { keptFrom, files } = await upToUnfinished(planned, logStore);
  const proof = files.length === 0 ? undefined : await proveCheckpoint(objects, codec, planned.checkpoint);
  const sidecars = await unnamedSidecars(objects, codec, keptFrom, nowMs - sidecarAgeMs);
  const checkpoint = proof === undefined ? {} : { checkpoint: { version: planned.checkpoint.version, proof } };
  return { files: [...files.map(({ info }) => info), ...sidecars], told: { keptFrom, ...checkpoint } };
}

async function temporaryFiles(objects: ObjectStore, cutoffMs: number): Promise<ObjectInfo[]> {
  const old: ObjectInfo[] = [];
  for await (const info of objects.list(tempCommitFolder)) if (info.lastModifiedMs <= cutoffMs) old.push(info);
  return old;
}

const nothing = (outcome: CleanLogResult['outcome']): CleanLogResult => ({
  outcome,
  files: [],
  bytes: 0,
  isMoreLeft: false,
});

/** The plan as far as the first version of which another writer still has to say that it is committed. */
async function upToUnfinished(
  { keptFrom, files }: LogCleanup,
  logStore: LogStore,
): Promise<Pick<LogCleanup, 'keptFrom' | 'files'>> {
  const versions = [...new Set(files.filter(({ kind }) => kind === 'commit').map(({ version }) => version))];
  for (let start = 0; start < versions.length; start += parallelQuestions) {
    const batch = versions.slice(start, start + parallelQuestions);
    const finished = await Promise.all(batch.map((version) => logStore.isFinished(version)));
    const first = batch.find((_, index) => !finished[index]);
    if (first !== undefined) return { keptFrom: first, files: files.filter(({ version }) => version < first) };
  }
  return { keptFrom, files };
}
