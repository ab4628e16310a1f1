import { metrics } from '#contract/metrics.ts';
import type { Settings } from '#contract/settings.ts';
import { parseLines, toAction } from '#delta/action-json.ts';
import type { CheckpointReader } from '#delta/checkpoint-codec.ts';
import { openTableFiles } from '#delta/live-files.ts';
import { commitPath } from '#delta/log-path.ts';
import { loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { properties, propertyOf } from '#delta/properties.ts';
import { assertWritable } from '#delta/protocol.ts';
import { changeFilesOf } from '#delta/removals.ts';
import { type Candidates, spare } from '#delta/vacuum-candidates.ts';
import { putLastVacuumedVersion } from '#delta/vacuum-info.ts';
import type { Clock } from '../clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { TableLog } from '../log/table-log.ts';
import type { Measurements } from '../measurements.ts';
import { tableSettingsOf } from '../table-defaults.ts';
import { listedCandidates, removedCandidates, spareChangeFiles } from './vacuum-search.ts';

export interface VacuumPorts {
  ledger: Pick<Ledger, 'manifestsOf'>;
  settings: Pick<Settings, 'tables'>;
  logOf: (tableName: string) => TableLog;
  codec: CheckpointReader;
  clock: Clock;
  measurements: Measurements;
}

export interface VacuumRequest {
  tableId: string;
  tableName: string;
  /** Finds and tells, but changes nothing. */
  dryRun: boolean;
  /** Lists the table's objects rather than asking the log, in place of the table's settings. */
  full?: boolean;
  /** In place of the table's `delta.deletedFileRetentionDuration`: shorter only with `force`, never longer. */
  retentionMs?: number;
  force?: boolean;
  /** Full: lists what sorts after this path, which an earlier call answered. */
  after?: string;
}

export interface VacuumFile {
  path: string;
  /** 0 where the log does not say. */
  sizeBytes: number;
}

/** What was found of a table, and what became of it. */
export interface VacuumResult {
  outcome:
    | 'noTable'
    /** Versions that readers are promised would lose files. */
    | 'retentionTooShort'
    /** The log has forgotten the tombstones of so long ago. */
    | 'retentionTooLong'
    | 'planned'
    | 'vacuumed';
  /** What is old enough to go was put or removed at least so long ago. */
  keptMs: number;
  /** By path. What the log tells of may have been gone before. */
  files: VacuumFile[];
  bytes: number;
  /** Files beyond the limit of a run are left: another run finds them. */
  isMoreLeft: boolean;
  /** Full: there is more to list behind this path. */
  continueAfter?: string;
  /** By the log: it no longer tells what versions before this one removed; a full vacuum finds that. */
  untoldBefore?: number;
}

/** A result in numbers, as logs and machines get it; files themselves may be many. */
export interface VacuumSummary extends Omit<VacuumResult, 'files'> {
  foundFiles: number;
}

export const vacuumSummary = ({ files, ...numbers }: VacuumResult): VacuumSummary => ({
  ...numbers,
  foundFiles: files.length,
});

/**
 * No object younger than this goes, whatever the retention: an attempt that still runs may be about to stage or commit it. Ingest
 * gives up after an hour, maintenance machines after twelve.
 */
const leastAgeMs = 86_400_000;

const filesPerRequest = 1_000;

/**
 * Deletes the files of a table that neither its latest version, nor any version within its retention, nor a manifest names.
 * Objects are looked for first, then manifests are read, then the log: what a manifest no longer names is in the log by then.
 * A crash at any point leaves only fewer files.
 *
 * @throws {UnsupportedProtocol | UnsupportedFeature | CorruptLog} when the log cannot be relied on: nothing is deleted.
 */
export async function vacuumTable(request: VacuumRequest, ports: VacuumPorts): Promise<VacuumResult> {
  const { measurements } = ports;
  const about = { table: request.tableName };
  try {
    const result = await vacuum(request, ports);
    measurements.count(metrics.vacuumRuns, 1, about);
    return result;
  } catch (error) {
    measurements.count(metrics.vacuumFailures, 1, about);
    throw error;
  }
}

async function vacuum(request: VacuumRequest, ports: VacuumPorts): Promise<VacuumResult> {
  const { tableName, dryRun, force = false, after = '' } = request;
  const log = ports.logOf(tableName);
  const limits = tableSettingsOf(ports.settings, tableName).vacuum;
  const state = await loadLogState(log.objects, ports.codec);
  if (state === undefined) return nothing('noTable', leastAgeMs);
  assertWritable(state.protocol, state.metaData);

  const tableRetentionMs = propertyOf(state.metaData, properties.deletedFileRetentionMs);
  const { retentionMs = tableRetentionMs } = request;
  const keptMs = Math.max(retentionMs, leastAgeMs);
  if (retentionMs < tableRetentionMs && !force) return nothing('retentionTooShort', keptMs);
  if (retentionMs > tableRetentionMs) return nothing('retentionTooLong', keptMs);

  const search = { store: log.objects, cutoffMs: ports.clock() - keptMs, metaData: state.metaData, ...limits };
  const { full = limits.full } = request;
  const found = full ? await listedCandidates(search, after) : await removedCandidates(search);
  const { files, version } = await withoutNeeded(found.candidates, search.cutoffMs, { ...request, full }, log, ports);
  /** By the log, the search has kept the limit, in whole versions. */
  const taken = full ? files.slice(0, limits.maxFiles) : files;
  const deleted = dryRun ? taken : await deleteFiles(taken, { ...found, version }, log.objects, request, ports);
  if (!dryRun && found.vacuumedVersion !== undefined) {
    await putLastVacuumedVersion(log.objects, found.vacuumedVersion);
  }
  const isCut = taken.length < files.length;
  return {
    outcome: dryRun ? 'planned' : 'vacuumed',
    keptMs,
    files: deleted,
    bytes: sumOf(deleted),
    isMoreLeft: isCut || found.isMoreLeft,
    ...(found.continueAfter === undefined || isCut ? {} : { continueAfter: found.continueAfter }),
    ...(found.untoldBefore === undefined ? {} : { untoldBefore: found.untoldBefore }),
  };
}

const nothing = (outcome: VacuumResult['outcome'], keptMs: number): VacuumResult => ({
  outcome,
  keptMs,
  files: [],
  bytes: 0,
  isMoreLeft: false,
});

/** Takes out what manifests name, then what the latest version and unexpired tombstones do. Files come sorted by path. */
async function withoutNeeded(
  candidates: Candidates,
  cutoffMs: number,
  { tableId, tableName, dryRun, full = false }: VacuumRequest,
  log: TableLog,
  { ledger, codec }: VacuumPorts,
): Promise<{ files: VacuumFile[]; version: number }> {
  /** Twice: one that a `resume` puts at the end of another line while it reads may be in neither place for a single reading. */
  for (let reading = 0; reading < 2; reading++) {
    for (const { files } of await ledger.manifestsOf(tableId)) for (const { path } of files) candidates.delete(path);
  }
  if (!dryRun) await log.logStore.finish();
  const table = await openTableFiles(log.objects, codec);
  if (table === undefined) throw new Error(`table ${tableName}: expected the log that was there a moment ago`);
  for await (const file of table.files()) spare(candidates, file);
  for await (const tombstone of table.tombstones()) {
    if ((tombstone.deletionTimestamp ?? Number.POSITIVE_INFINITY) > cutoffMs) spare(candidates, tombstone);
  }
  if (full) await spareChangeFiles(candidates, log.objects, cutoffMs);
  const files = [...candidates].map(([path, sizeBytes]) => ({ path, sizeBytes }));
  files.sort((left, right) => (left.path < right.path ? -1 : 1));
  return { files, version: table.state.version };
}

/** Before each request, commits after `version` are asked whether they name one of the files. */
async function deleteFiles(
  files: readonly VacuumFile[],
  { candidates, version }: { candidates: Candidates; version: number },
  objects: ObjectStore,
  { tableName }: VacuumRequest,
  { measurements }: VacuumPorts,
): Promise<VacuumFile[]> {
  const about = { table: tableName };
  const deleted: VacuumFile[] = [];
  let next = version + 1;
  for (let start = 0; start < files.length; start += filesPerRequest) {
    for (;;) {
      const commit = await objects.read(commitPath(next));
      if (commit === undefined) break;
      for (const line of parseLines(commit.bytes, commit.path)) {
        for (const path of changeFilesOf(line)) candidates.delete(path);
        const action = toAction(line, commit.path);
        if (action !== undefined && 'add' in action) spare(candidates, action.add);
        else if (action !== undefined && 'remove' in action) spare(candidates, action.remove);
      }
      next += 1;
    }
    const batch = files.slice(start, start + filesPerRequest).filter(({ path }) => candidates.has(path));
    await objects.deleteAll(batch.map(({ path }) => path));
    for (const file of batch) deleted.push(file);
    measurements.count(metrics.vacuumedFiles, batch.length, about);
    measurements.count(metrics.vacuumedBytes, sumOf(batch), about);
  }
  return deleted;
}

const sumOf = (files: readonly VacuumFile[]): number => files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
