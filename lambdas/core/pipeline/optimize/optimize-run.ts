import { metrics } from '#contract/metrics.ts';
import type { BinPlace, OptimizeTask, PlannedRun } from '#contract/optimize-machine.ts';
import { parseActions, serializeActions } from '#delta/action-json.ts';
import { CorruptLog } from '#delta/errors.ts';
import { loadLogState } from '#delta/log-state.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import type { OptimizeBin } from './optimize-plan.ts';
import {
  type BinOutcome,
  type OptimizePlan,
  type OptimizePorts,
  optimizeBin,
  planOptimizeRun,
} from './optimize-table.ts';

/** Readers of the table and vacuum leave names with an underscore alone. */
const runFolder = '_optimize/';
/** A run whose machine died left its object behind. */
const staleMs = 86_400_000;

/** Keeps a plan beside its table, as `add` actions bin by bin, for those who merge the bins. */
export async function saveRun(
  tableName: string,
  { bins, state }: Pick<OptimizePlan, 'bins' | 'state'>,
  store: ObjectStore,
  id: string,
): Promise<PlannedRun> {
  const run = `${runFolder}${id}.jsonl`;
  const places: BinPlace[] = [];
  let end = 0;
  const upload = await store.openUpload(run);
  try {
    for (const { files } of bins) {
      const bytes = serializeActions(files.map((add) => ({ add })));
      await upload.write(bytes);
      places.push({ start: end, end: end + bytes.length });
      end += bytes.length;
    }
    await upload.complete();
  } catch (error) {
    await upload.abort();
    throw error;
  }
  return { tableName, run, version: state.version, bins: places };
}

/** One bin of a saved run. */
export async function readBin(run: string, { start, end }: BinPlace, store: ObjectStore): Promise<OptimizeBin> {
  const bytes = await store.readRange(run, start, end);
  if (bytes === undefined) throw new CorruptLog(`${run}: expected the plan of this run, found no such object`);
  const files = parseActions(bytes, run).flatMap((action) => ('add' in action ? [action.add] : []));
  const [first] = files;
  if (first === undefined) throw new CorruptLog(`${run}: expected files at ${start} to ${end}, found none`);
  return { partitionValues: first.partitionValues, files };
}

/** Deletes the object of a run that is over, and those that earlier runs have left. */
export async function forgetRun(run: string, store: ObjectStore, nowMs: number): Promise<void> {
  for await (const { path, lastModifiedMs } of store.list(runFolder)) {
    if (path === run || lastModifiedMs < nowMs - staleMs) await store.delete(path);
  }
}

type Task<Step extends OptimizeTask['step']> = Extract<OptimizeTask, { step: Step }>;

/** Plans a run of one table, and keeps it if there is something to do; a dry run has no bins for anyone to merge. */
export async function planRun(
  { tableName, dryRun }: Omit<Task<'plan'>, 'step'>,
  ports: OptimizePorts,
): Promise<{ planned: PlannedRun; plan: OptimizePlan | undefined }> {
  const { measurements, logOf, ids } = ports;
  const about = { table: tableName };
  try {
    const plan = await planOptimizeRun({ tableName }, ports);
    if (plan === undefined || plan.bins.length === 0 || dryRun) {
      if (!dryRun) measurements.count(metrics.optimizeRuns, 1, about);
      return { planned: { tableName, run: '', version: plan?.state.version ?? -1, bins: [] }, plan };
    }
    return { planned: await saveRun(tableName, plan, logOf(tableName).objects, ids()), plan };
  } catch (error) {
    measurements.count(metrics.optimizeFailures, 1, about);
    throw error;
  }
}

/** Merges and commits one bin of a run. */
export async function mergeOfRun(
  { tableName, run, version, bin }: Omit<Task<'merge'>, 'step'>,
  ports: OptimizePorts,
): Promise<BinOutcome> {
  const { objects } = ports.logOf(tableName);
  const state = await loadLogState(objects, ports.codec, version);
  if (state === undefined) throw new CorruptLog(`table ${tableName}: expected version ${version}, found no table`);
  return optimizeBin(await readBin(run, bin, objects), state, { tableName }, ports);
}

/** Counts a run that is over, and deletes what was kept of it. */
export async function finishRun(
  { tableName, run, failed }: Omit<Task<'finish'>, 'step'>,
  { logOf, clock, measurements }: OptimizePorts,
): Promise<void> {
  measurements.count(failed ? metrics.optimizeFailures : metrics.optimizeRuns, 1, { table: tableName });
  await forgetRun(run, logOf(tableName).objects, clock());
}
