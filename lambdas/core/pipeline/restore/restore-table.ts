import { metrics } from '#contract/metrics.ts';
import type { Action, AddFile } from '#delta/actions.ts';
import type { CheckpointReader } from '#delta/checkpoint-codec.ts';
import { deletionVectorPath } from '#delta/deletion-vector.ts';
import { MissingDataFile } from '#delta/errors.ts';
import { differenceOf } from '#delta/file-difference.ts';
import { type AbsoluteLocator, locateFile } from '#delta/file-location.ts';
import { decodePath } from '#delta/file-path.ts';
import { openTableFiles, type TableFiles } from '#delta/live-files.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { planRestore, type RestoreTarget, restoreOperation } from '#delta/restore.ts';
import { versionAt } from '#delta/time-travel.ts';
import { transact } from '#delta/transact.ts';
import type { Clock, Ids } from '../clock.ts';
import { agreeTableWithLog } from '../commit/agree-with-log.ts';
import { CommitContentionError } from '../commit/commit-errors.ts';
import { engineInfo } from '../commit/commit-table.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { TableLog } from '../log/table-log.ts';
import type { Measurements } from '../measurements.ts';

/** Commits of others may make the plan void this often before something is wrong. */
const maxRounds = 10;
/** Objects asked for at a time. */
const parallelHeads = 32;

export interface RestorePorts {
  ledger: Ledger;
  logOf: (tableName: string) => TableLog;
  /** Leads to what the log names absolutely. */
  locate?: AbsoluteLocator;
  codec: CheckpointReader;
  clock: Clock;
  ids: Ids;
  measurements: Measurements;
}

export interface RestoreRequest {
  tableName: string;
  to: { version: number } | { timestampMs: number };
  /** Plans and tells, and writes nothing. */
  dryRun: boolean;
}

export type RestoreResult =
  | { kind: 'noTable' }
  /** The table is as the version was. */
  | { kind: 'same'; target: number }
  /** Data files or deletion vectors of the version are gone: nothing was changed. `first`: a path. */
  | { kind: 'filesGone'; target: number; gone: number; first: string }
  | ({ kind: 'planned' } & Restored)
  | ({ kind: 'restored'; version: number } & Restored);

export interface Restored {
  target: number;
  /** Files that come back and that go. */
  addedFiles: number;
  addedBytes: number;
  removedFiles: number;
  removedBytes: number;
  metaDataChanges: boolean;
}

/**
 * Makes a table what one of its versions was, by a new version: files and metaData, not protocol and txns, so that rows which are
 * restored away do not come in again. What others append meanwhile goes too. Memory grows with the number of files.
 *
 * @throws {VersionNotReconstructible} when the log does not hold the version, or the instant.
 * @throws {RestoreRefused | AppendOnlyTable | UnsupportedProtocol | UnsupportedFeature} when the table does not allow it.
 * @throws {MissingDataFile} when files went while the new version was committed, which stands all the same.
 * @throws {CommitContentionError} when others were ahead at every round.
 */
export async function restoreTable(request: RestoreRequest, ports: RestorePorts): Promise<RestoreResult> {
  const { measurements } = ports;
  const about = { table: request.tableName };
  measurements.count(metrics.restoreRuns, 1, about);
  try {
    const result = await restore(request, ports);
    if (result.kind === 'filesGone') measurements.count(metrics.restoresRefused, 1, {});
    if (result.kind === 'restored') {
      measurements.count(metrics.restoredFiles, result.addedFiles, about);
      measurements.count(metrics.restoreRemovedFiles, result.removedFiles, about);
    }
    return result;
  } catch (error) {
    measurements.count(metrics.restoreFailures, 1, {});
    throw error;
  }
}

async function restore(request: RestoreRequest, ports: RestorePorts): Promise<RestoreResult> {
  const { tableName, to, dryRun } = request;
  const { logOf, codec } = ports;
  const log = logOf(tableName);
  if (!dryRun) await log.logStore.finish();
  if ((await openTableFiles(log.objects, codec)) === undefined) return { kind: 'noTable' };
  const version = 'version' in to ? to.version : await versionAt(log.objects, codec, to.timestampMs);
  const before = (await openTableFiles(log.objects, codec, version)) as TableFiles;
  const target: RestoreTarget = {
    state: before.state,
    ...('version' in to ? {} : { timestamp: new Date(to.timestampMs).toISOString() }),
  };
  for (let round = 0; round < maxRounds; round++) {
    const result = await restoreOnce(target, before, log, request, ports);
    if (result !== undefined) return result;
  }
  throw new CommitContentionError(`table ${tableName}: expected to restore within ${maxRounds} rounds`);
}

/** Nothing: a commit of another made the plan void. */
async function restoreOnce(
  target: RestoreTarget,
  before: TableFiles,
  log: TableLog,
  { tableName, dryRun }: RestoreRequest,
  { ledger, locate, codec, clock, ids }: RestorePorts,
): Promise<RestoreResult | undefined> {
  const now = (await openTableFiles(log.objects, codec)) as TableFiles;
  const difference = await differenceOf(now, before);
  const plan = { state: now.state, target, difference, txnId: ids(), nowMs: clock(), engineInfo };
  const planned = planRestore(plan);
  const { version } = target.state;
  if (planned === undefined) return { kind: 'same', target: version };

  const gone = await pathsGone(difference.missing, log.objects, locate);
  if (gone[0] !== undefined) return { kind: 'filesGone', target: version, gone: gone.length, first: gone[0] };
  if (dryRun) return { kind: 'planned', ...countsOf(planned, version) };

  const ports = { nowMs: clock, txnId: ids, engineInfo };
  const outcome = await transact(log, now.state, restoreOperation(target, difference), ports);
  switch (outcome.kind) {
    case 'committed':
      await agreeTableWithLog(tableName, log, codec, ledger);
      await assertAllThere(tableName, outcome, log.objects, locate);
      return { kind: 'restored', version: outcome.version, ...countsOf(outcome.actions, version) };
    case 'nothing':
      return { kind: 'same', target: version };
    case 'conflict':
      if (outcome.reason.rule === 'logReplaced') throw logReplaced(tableName, outcome.version);
      return undefined;
    case 'unknown':
      throw logReplaced(tableName, outcome.version);
    default:
      return outcome satisfies never;
  }
}

const logReplaced = (tableName: string, version: number): Error =>
  new Error(
    `table ${tableName}: expected version ${version} to stay what it was, it was replaced while the table was restored: look at its history`,
  );

/** A vacuum that began before the commit may have taken files that were there when they were asked for. */
async function assertAllThere(
  tableName: string,
  { version, actions }: { version: number; actions: readonly Action[] },
  objects: ObjectStore,
  locate: AbsoluteLocator | undefined,
): Promise<void> {
  const added = actions.flatMap((action) => ('add' in action ? [action.add] : []));
  const [first, ...others] = await pathsGone(added, objects, locate);
  if (first === undefined) return;
  throw new MissingDataFile(
    `table ${tableName}: expected every file that version ${version} brought back to be there, ${1 + others.length} went while it was committed, ${first} first: restore version ${version - 1}, or repair the table`,
  );
}

/** Objects of these files that are not there, in the order of the files. */
async function pathsGone(
  files: readonly AddFile[],
  objects: ObjectStore,
  locate: AbsoluteLocator | undefined,
): Promise<string[]> {
  const paths = new Set<string>();
  for (const { path, deletionVector } of files) {
    paths.add(decodePath(path));
    const vector = deletionVector === undefined ? undefined : deletionVectorPath(deletionVector);
    if (vector !== undefined) paths.add(vector);
  }
  const asked = [...paths];
  const gone: string[] = [];
  for (let start = 0; start < asked.length; start += parallelHeads) {
    const found = await Promise.all(
      asked.slice(start, start + parallelHeads).map(async (path) => {
        const place = locateFile(objects, path, locate);
        return (await place.store.head(place.path)) === undefined ? path : undefined;
      }),
    );
    gone.push(...found.filter((path) => path !== undefined));
  }
  return gone;
}

function countsOf(actions: readonly Action[], target: number): Restored {
  const added = actions.flatMap((action) => ('add' in action ? [action.add.size] : []));
  const removed = actions.flatMap((action) => ('remove' in action ? [action.remove.size ?? 0] : []));
  const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
  return {
    target,
    addedFiles: added.length,
    addedBytes: sum(added),
    removedFiles: removed.length,
    removedBytes: sum(removed),
    metaDataChanges: actions.some((action) => 'metaData' in action),
  };
}
