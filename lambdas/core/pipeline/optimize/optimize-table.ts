import { isNearExpiry } from '#contract/file-expiry.ts';
import { metrics } from '#contract/metrics.ts';
import type { Settings } from '#contract/settings.ts';
import type { TableSettings } from '#contract/table-settings.ts';
import type { CheckpointReader } from '#delta/checkpoint-codec.ts';
import { PredicateError } from '#delta/errors.ts';
import { decodePath } from '#delta/file-path.ts';
import { openTableFiles } from '#delta/live-files.ts';
import type { LogState } from '#delta/log-state.ts';
import { optimizeOperation } from '#delta/optimize.ts';
import { type BoundPredicate, bindPredicate, matchesPartition, type Predicate } from '#delta/predicate.ts';
import { properties, propertyOf } from '#delta/properties.ts';
import { assertWritable } from '#delta/protocol.ts';
import { parseSchema } from '#delta/schema.ts';
import { type Operation, transact } from '#delta/transact.ts';
import { assertKnownTypeChanges } from '#delta/type-changes.ts';
import type { Clock } from '../clock.ts';
import { engineInfo } from '../commit/commit-table.ts';
import type { TableLog } from '../log/table-log.ts';
import type { Measurements } from '../measurements.ts';
import { tableSettingsOf } from '../table-defaults.ts';
import { mergeBin } from './merge-bin.ts';
import { type BinPlan, type OptimizeBin, planBins, type RowOrder } from './optimize-plan.ts';
import type { FileRewriter } from './rewrite-files.ts';

export interface OptimizePorts {
  settings: Pick<Settings, 'tables'>;
  logOf(tableName: string): TableLog;
  codec: CheckpointReader;
  rewriter: FileRewriter;
  clock: Clock;
  ids(): string;
  measurements: Measurements;
}

export interface OptimizeRequest {
  tableName: string;
  /** Partitions to look at; absent: all. */
  where?: Predicate;
}

/** What a run is to do with a table. */
export interface OptimizePlan extends BinPlan {
  /** The version whose files were looked at. */
  state: LogState;
}

/** What became of one bin. */
export type BinOutcome =
  | {
      kind: 'merged';
      how: 'copied' | 'rewritten';
      version: number;
      files: number;
      outputs: number;
      bytesIn: number;
      bytesOut: number;
    }
  /** Another commit took an input away meanwhile: what was written for it is dropped. */
  | { kind: 'lost'; version: number; reason: string }
  /** Its rows would have to be written anew, and none or one of its files can be. */
  | { kind: 'left'; files: number; reason: 'legacyCalendar' };

/**
 * Which files of a table are to become one. `undefined`: there is no table.
 *
 * @throws {PredicateError} for a predicate that is not of partition columns alone.
 * @throws {UnsupportedProtocol | UnsupportedFeature} when the table cannot be written here.
 */
export async function planOptimizeRun(
  { tableName, where = [] }: OptimizeRequest,
  { settings, logOf, codec, clock }: OptimizePorts,
): Promise<OptimizePlan | undefined> {
  const table = await openTableFiles(logOf(tableName).objects, codec);
  if (table === undefined) return undefined;
  const { state } = table;
  const { metaData } = state;
  assertWritable(state.protocol, metaData);
  const schema = parseSchema(metaData.schemaString);
  assertKnownTypeChanges(schema);
  const { optimize, expireAfterMs } = tableSettingsOf(settings, tableName);
  const predicate = bindPredicate(where, schema);
  assertOfPartitions(predicate, metaData.partitionColumns);
  const nowMs = clock();
  const files = table.files(where.length === 0 ? {} : { predicate });
  const plan = await planBins(
    (async function* () {
      for await (const file of files) if (matchesPartition(predicate, file, metaData)) yield file;
    })(),
    {
      targetBytes: targetBytesOf(state, optimize),
      order: rowOrderOf(optimize),
      leaveAlone: ({ modificationTime }) =>
        expireAfterMs !== undefined && isNearExpiry(modificationTime, nowMs, expireAfterMs),
      maxFiles: optimize.maxFilesPerRun,
      maxBytes: optimize.maxBytesPerRun,
    },
  );
  return { ...plan, state };
}

/** Vacuum may take what no commit names once it is a day old: a process that slept over that must not name it any more. */
const maxBinAgeMs = 43_200_000;

/**
 * Merges the files of one bin and commits that, over whatever others have committed since `state`; never against an append.
 *
 * @throws {CommitContentionError} when others were ahead at every attempt: what was written stays for vacuum.
 * @throws {Error} when the log was replaced and nobody can tell whether the commit is in it: what was written stays.
 * @throws {Error} when twelve hours have passed since it began.
 * @throws what `mergeBin` throws.
 */
export async function optimizeBin(
  bin: OptimizeBin,
  state: LogState,
  { tableName, where = [] }: OptimizeRequest,
  ports: OptimizePorts,
): Promise<BinOutcome> {
  const { settings, logOf, rewriter, clock, ids, measurements } = ports;
  const { optimize, compression } = tableSettingsOf(settings, tableName);
  const order = rowOrderOf(optimize);
  const log = logOf(tableName);
  const store = log.objects;
  const rules = {
    targetBytes: targetBytesOf(state, optimize),
    order,
    minRowGroupBytes: optimize.minRowGroupBytes,
    compression,
  };
  const startedMs = clock();
  const { how, inputs, outputs } = await mergeBin(bin, state.metaData, rules, { store, rewriter, clock, ids });
  if (inputs.length === 0) return { kind: 'left', files: bin.files.length, reason: 'legacyCalendar' };
  const operation = optimizeOperation({
    inputs,
    outputs,
    predicate: where.map(({ column, operator, values }) => `${column} ${operator} ${values.join(', ')}`),
    ...(order?.kind === 'zOrder' ? { zOrderBy: order.columns } : {}),
  });
  const outcome = await transact(log, state, within(maxBinAgeMs, startedMs, operation, tableName), {
    nowMs: clock,
    txnId: ids,
    engineInfo,
  });
  const about = { table: tableName };
  switch (outcome.kind) {
    case 'committed': {
      const bytesIn = inputs.reduce((sum, { size }) => sum + size, 0);
      measurements.count(metrics.optimizedFiles, inputs.length, about);
      measurements.count(metrics.optimizedBytes, bytesIn, about);
      const { version } = outcome;
      const bytesOut = outputs.reduce((sum, { size }) => sum + size, 0);
      return { kind: 'merged', how, version, files: inputs.length, outputs: outputs.length, bytesIn, bytesOut };
    }
    case 'conflict':
      for (const { path } of outputs) await store.delete(decodePath(path));
      measurements.count(metrics.optimizeConflicts, 1, about);
      return { kind: 'lost', version: outcome.version, reason: outcome.reason.rule };
    case 'unknown':
      throw new Error(
        `table ${tableName}: expected version ${outcome.version} to stay what it was, it was replaced while ${inputs.length} merged files were committed: they stay for vacuum, should no version name them`,
      );
    case 'nothing':
      throw new Error(`table ${tableName}: expected a commit of ${inputs.length} merged files, it had nothing to do`);
    default:
      return outcome satisfies never;
  }
}

/** The operation, refused once it is too old. */
const within = (maxAgeMs: number, startedMs: number, operation: Operation, tableName: string): Operation => ({
  ...operation,
  plan(state, attempt, winners) {
    const ageMs = attempt.nowMs - startedMs;
    if (ageMs > maxAgeMs) {
      throw new Error(`table ${tableName}: expected to commit merged files within ${maxAgeMs} ms, got ${ageMs} ms`);
    }
    return operation.plan(state, attempt, winners);
  },
});

export interface OptimizeResult {
  /** Absent: there is no table. */
  plan: OptimizePlan | undefined;
  outcomes: BinOutcome[];
  /** Bins that failed, by message; the others were merged all the same. */
  failures: Error[];
}

/** A whole run in this process, bin after bin; `dryRun` plans alone. */
export async function optimizeTable(
  request: OptimizeRequest & { dryRun: boolean },
  ports: OptimizePorts,
): Promise<OptimizeResult> {
  const { measurements } = ports;
  const about = { table: request.tableName };
  const result: OptimizeResult = { plan: undefined, outcomes: [], failures: [] };
  try {
    result.plan = await planOptimizeRun(request, ports);
    if (result.plan === undefined || request.dryRun) return result;
    for (const bin of result.plan.bins) {
      try {
        result.outcomes.push(await optimizeBin(bin, result.plan.state, request, ports));
      } catch (error) {
        result.failures.push(error as Error);
      }
    }
    measurements.count(metrics.optimizeRuns, 1, about);
    if (result.failures.length > 0) measurements.count(metrics.optimizeFailures, 1, about);
    return result;
  } catch (error) {
    measurements.count(metrics.optimizeFailures, 1, about);
    throw error;
  }
}

function assertOfPartitions(predicate: BoundPredicate, partitionColumns: readonly string[]): void {
  const other = predicate.find(({ column }) => !partitionColumns.includes(column));
  if (other === undefined) return;
  throw new PredicateError(
    `${other.column}: expected a partition column (${partitionColumns.join(', ') || 'the table has none'}), since files are merged whole`,
  );
}

const targetBytesOf = ({ metaData }: LogState, { targetFileBytes }: TableSettings['optimize']): number =>
  propertyOf(metaData, properties.targetFileBytes) ?? targetFileBytes;

function rowOrderOf({ sortBy, zOrderBy }: TableSettings['optimize']): RowOrder | undefined {
  if (sortBy !== undefined) return { kind: 'sort', columns: sortBy };
  if (zOrderBy !== undefined) return { kind: 'zOrder', columns: zOrderBy };
  return undefined;
}
