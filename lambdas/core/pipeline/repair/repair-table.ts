import { expectedExpiryMs } from '#contract/file-expiry.ts';
import { metrics } from '#contract/metrics.ts';
import type { Settings } from '#contract/settings.ts';
import type { AddFile } from '#delta/actions.ts';
import type { CheckpointReader } from '#delta/checkpoint-codec.ts';
import type { AbsoluteLocator } from '#delta/file-location.ts';
import { decodePath } from '#delta/file-path.ts';
import { openTableFiles } from '#delta/live-files.ts';
import type { LogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { properties, propertyOf } from '#delta/properties.ts';
import { planRemove } from '#delta/remove-files.ts';
import { fileKey } from '#delta/snapshot.ts';
import { type Operation, transact } from '#delta/transact.ts';
import type { Clock } from '../clock.ts';
import { engineInfo } from '../commit/commit-table.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { TableLog } from '../log/table-log.ts';
import type { Measurements } from '../measurements.ts';
import { tableSettingsOf } from '../table-defaults.ts';
import { judgeMissing, type RunCount } from './judge-missing.ts';
import { findMissingFiles, type MissingFile, type MissingFiles, nothingFound, parallelHeads } from './missing-files.ts';

export interface RepairPorts {
  ledger: Pick<Ledger, 'manifestsOf' | 'repairTallyOf' | 'publishRepairTally'>;
  settings: Pick<Settings, 'tables'>;
  logOf(tableName: string): TableLog;
  /** Absolute paths into the lake's bucket, as keys of it. */
  locate: AbsoluteLocator;
  codec: CheckpointReader;
  clock: Clock;
  ids(): string;
  measurements: Measurements;
}

export interface RepairRequest {
  tableId: string;
  tableName: string;
  /** Finds and tells, but changes nothing. */
  dryRun: boolean;
  /** Paths within the table that S3 says it has deleted, decoded. Absent: every live file is looked for. */
  expired?: ReadonlySet<string>;
  /** In place of the one in the table's settings; named by a person, it is of this run alone and settles what came before. */
  maxMissingRatio?: number;
}

interface Removed {
  removedFiles: number;
  removedBytes: number;
  /** Versions that removed them. */
  versions: number[];
}

/** What was found of a table, and what became of it. */
export interface RepairResult extends MissingFiles, Removed {
  outcome:
    | 'noTable'
    /** Every live file is there, as far as was looked. */
    | 'whole'
    /** Dry run: a repair would remove what is missing. */
    | 'planned'
    | 'repaired'
    /** More is missing than may be: perhaps it is not the files that are wrong. */
    | 'tooManyMissing'
    /** The table allows no removes. */
    | 'appendOnly';
  /** Files that no expiry explains and that were found missing within `missingWindow` before: they count with these. */
  unexpectedLately: number;
  /** Staged files, by decoded path, that are gone before their commit. */
  expiredStaged: string[];
}

/** A result in numbers, as logs and machines get it; files themselves may be many. */
export interface RepairSummary extends Omit<RepairResult, 'missing' | 'expiredStaged'> {
  expiredStagedFiles: number;
}

export function repairSummary({ missing: _, expiredStaged, ...numbers }: RepairResult): RepairSummary {
  return { ...numbers, expiredStagedFiles: expiredStaged.length };
}

/** A run removes as many times what one commit may, and leaves the rest to the next. */
const commitsPerRun = 10;

/** How often a table is looked at afresh after another commit made what was found void. */
const mostLooks = 5;

/**
 * Takes live files whose data or deletion vector is gone from S3 out of a table's log, in several commits if they are many.
 * Files that the table's `expireAfter` explains may be missing in any number; if more than `maxMissingRatio` of the live files
 * are missing besides, those within `missingWindow` before counted in, nothing is removed.
 *
 * @throws what S3 answers other than that an object is there or not.
 * @throws {UnsupportedProtocol | UnsupportedFeature} when the table cannot be read, or has to be repaired and cannot be written.
 */
export async function repairTable(request: RepairRequest, ports: RepairPorts): Promise<RepairResult> {
  const { measurements } = ports;
  const about = { table: request.tableName };
  try {
    const result = await repair(request, ports);
    measurements.count(metrics.repairRuns, 1, about);
    if (result.removedFiles > 0) measurements.count(metrics.repairedFiles, result.removedFiles, about);
    if (result.expiredStaged.length > 0) {
      measurements.count(metrics.expiredStagedFiles, result.expiredStaged.length, about);
    }
    if (result.outcome === 'tooManyMissing' || result.outcome === 'appendOnly') {
      measurements.count(metrics.repairsRefused, 1, about);
    }
    return result;
  } catch (error) {
    measurements.count(metrics.repairFailures, 1, about);
    throw error;
  }
}

async function repair(request: RepairRequest, ports: RepairPorts): Promise<RepairResult> {
  const log = ports.logOf(request.tableName);
  const expiredStaged = await missingStaged(request, log.objects, ports);
  const removed: Removed = { removedFiles: 0, removedBytes: 0, versions: [] };
  const run: RunCount = { counted: 0, removed: 0 };
  for (let looks = 1; looks <= mostLooks; looks++) {
    const looked = await look(request, log, ports, run);
    const { found, unexpectedLately } = looked;
    if (looked.outcome !== 'toRepair') {
      const outcome = looked.outcome === 'whole' && removed.removedFiles > 0 ? 'repaired' : looked.outcome;
      return { ...found, ...removed, unexpectedLately, expiredStaged, outcome };
    }
    const { maxFilesPerCommit } = tableSettingsOf(ports.settings, request.tableName).repair;
    const isDone = await removeMissing(found.missing, looked.state, log, ports, maxFilesPerCommit, removed, run);
    if (isDone) return { ...found, ...removed, unexpectedLately, expiredStaged, outcome: 'repaired' };
  }
  throw new Error(
    `table ${request.tableName}: expected to remove what is missing within ${mostLooks} looks, other commits changed the table each time`,
  );
}

type Looked = { found: MissingFiles; unexpectedLately: number } & (
  | { outcome: Exclude<RepairResult['outcome'], 'repaired'> }
  | { outcome: 'toRepair'; state: LogState }
);

/** Finds what is missing of the latest version, and says what is to become of it. */
async function look(request: RepairRequest, log: TableLog, ports: RepairPorts, run: RunCount): Promise<Looked> {
  const { tableId, tableName, dryRun, expired, maxMissingRatio: namedRatio } = request;
  const table = await openTableFiles(log.objects, ports.codec);
  if (table === undefined) return { outcome: 'noTable', found: nothingFound(), unexpectedLately: 0 };
  const { state } = table;
  const { repair: settings } = tableSettingsOf(ports.settings, tableName);
  const expireAfterMs = expectedExpiryMs(ports.settings.tables, tableName);
  const nowMs = ports.clock();
  const found = await findMissingFiles(table.files(), {
    tableName,
    store: log.objects,
    locate: ports.locate,
    ...(expired === undefined ? {} : { expired }),
    expectedBeforeMs: expireAfterMs === undefined ? undefined : nowMs - expireAfterMs,
    mostFiles: commitsPerRun * settings.maxFilesPerCommit,
  });
  const isAppendOnly = propertyOf(state.metaData, properties.appendOnly);
  if (found.missingFiles > 0 && isAppendOnly) return { outcome: 'appendOnly', found, unexpectedLately: 0 };
  const isScan = expired === undefined;
  const { isTooMany, lately } = await judgeMissing(
    { tableId, found, settings, namedRatio, isScan, dryRun, nowMs, run },
    ports.ledger,
  );
  const looked = { found, unexpectedLately: lately };
  if (isTooMany) return { outcome: 'tooManyMissing', ...looked };
  if (found.missingFiles === 0) return { outcome: 'whole', ...looked };
  return dryRun ? { outcome: 'planned', ...looked } : { outcome: 'toRepair', state, ...looked };
}

/** Staged files are committed all the same, and are missing then: repair takes them out once the log has them. */
async function missingStaged(
  { tableId, expired }: RepairRequest,
  store: ObjectStore,
  { ledger }: RepairPorts,
): Promise<string[]> {
  const stagedPaths = async () =>
    (await ledger.manifestsOf(tableId)).flatMap(({ files }) => files.map(({ path }) => path));
  const staged = await stagedPaths();
  const suspects = expired === undefined ? staged : staged.filter((path) => expired.has(path));
  const missing: string[] = [];
  for (let start = 0; start < suspects.length; start += parallelHeads) {
    const asked = suspects.slice(start, start + parallelHeads);
    const answers = await Promise.all(asked.map((path) => store.head(path)));
    missing.push(...asked.filter((_, index) => answers[index] === undefined));
  }
  if (missing.length === 0) return missing;
  /** A commit may have coalesced them since, settled their manifests and deleted them. */
  const stillStaged = new Set(await stagedPaths());
  return missing.filter((path) => stillStaged.has(path));
}

/**
 * Removes files in chunks, and adds to `removed`. Every chunk leaves out what other commits have removed or added anew since the
 * look. False: another commit makes what was looked at void.
 */
async function removeMissing(
  missing: readonly MissingFile[],
  from: LogState,
  log: TableLog,
  { clock, ids }: RepairPorts,
  maxFilesPerCommit: number,
  removed: Removed,
  run: RunCount,
): Promise<boolean> {
  const unexpected = new Set(missing.filter(({ isExpected }) => !isExpected).map(({ add }) => fileKey(add)));
  for (let start = 0; start < missing.length; start += maxFilesPerCommit) {
    const files = missing.slice(start, start + maxFilesPerCommit).map(({ add }) => add);
    const outcome = await transact(log, from, removal(files), { nowMs: clock, txnId: ids, engineInfo });
    if (outcome.kind === 'conflict' || outcome.kind === 'unknown') return false;
    if (outcome.kind === 'nothing') continue;
    removed.versions.push(outcome.version);
    for (const action of outcome.actions) {
      if (!('remove' in action)) continue;
      removed.removedFiles += 1;
      removed.removedBytes += action.remove.size ?? 0;
      if (unexpected.has(fileKey(action.remove))) run.removed += 1;
    }
  }
  return true;
}

/** A file that another commit has added anew may be there again: it is left for the next look. */
const removal = (files: readonly AddFile[]): Operation => ({
  reads: { kind: 'nothing' },
  plan(state, attempt, winners) {
    const addedAnew = new Set(winners.flatMap((action) => ('add' in action ? [decodePath(action.add.path)] : [])));
    return planRemove({
      ...attempt,
      state,
      winners,
      files: files.filter(({ path }) => !addedAnew.has(decodePath(path))),
      operation: { operation: 'FSCK', operationParameters: {} },
    });
  },
});
