import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { bakedSettings } from '#adapters/aws/baked-settings.ts';
import { dynamodbClient } from '#adapters/aws/clients.ts';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { functionEnvironment } from '#adapters/aws/function-environment.ts';
import { lakeLog } from '#adapters/aws/lake-log.ts';
import { functionLogger } from '#adapters/aws/logger.ts';
import { emfMeasurements } from '#adapters/aws/measurements.ts';
import { openLake } from '#adapters/aws/open-lake.ts';
import { holdLittle } from '#adapters/aws/process-memory.ts';
import { duckdbRewriter } from '#adapters/duckdb/duckdb-rewriter.ts';
import { checkpointReader } from '#columnar/checkpoint/checkpoint-reader.ts';
import type { OptimizeTask, PlannedRun } from '#contract/optimize-machine.ts';
import { finishRun, mergeOfRun, planRun } from '#pipeline/optimize/optimize-run.ts';
import type { BinOutcome, OptimizePorts } from '#pipeline/optimize/optimize-table.ts';

holdLittle();
const settings = bakedSettings(import.meta.url);
const { ledgerTable, lakeBucket, deltaLogTable } = functionEnvironment('ledgerTable', 'lakeBucket', 'deltaLogTable');
const items = dynamodbClient();
const logger = functionLogger(settings.environment, 'optimize');
const measurements = emfMeasurements(settings.environment);
/** Of the function's memory: DuckDB takes more than its limit where rows are ordered, and JavaScript takes its own. */
const duckdbPart = 0.5;

const ports: OptimizePorts = {
  settings,
  logOf: lakeLog(settings, {
    lake: openLake(settings, lakeBucket),
    items,
    deltaLogTable,
    ledger: dynamodbLedger(items, ledgerTable),
  }),
  codec: checkpointReader,
  rewriter: duckdbRewriter({
    temporaryFolder: tmpdir(),
    memoryMiB: Math.floor(settings.functions.optimize.memoryMiB * duckdbPart),
    threads: 2,
  }),
  clock: Date.now,
  ids: randomUUID,
  measurements,
};

/** One step of merging the small files of one table. */
export async function handler(task: OptimizeTask): Promise<PlannedRun | BinOutcome | undefined> {
  const about = { table: task.tableName, step: task.step };
  try {
    switch (task.step) {
      case 'plan': {
        const { planned, plan } = await planRun(task, ports);
        const { bins, files, leftAlone, isPartial } = plan ?? { bins: [], files: 0, leftAlone: 0, isPartial: false };
        const merged = bins.reduce((sum, bin) => sum + bin.files.length, 0);
        logger.info('run planned', { ...about, files, leftAlone, isPartial, bins: bins.length, merged });
        return planned;
      }
      case 'merge': {
        const outcome = await mergeOfRun(task, ports);
        logger.info('files merged', { ...about, ...outcome });
        return outcome;
      }
      case 'finish':
        await finishRun(task, ports);
        return undefined;
      default:
        return task satisfies never;
    }
  } catch (error) {
    logger.error('table not optimized', { ...about, error: error as Error });
    throw error;
  } finally {
    measurements.publish();
  }
}
