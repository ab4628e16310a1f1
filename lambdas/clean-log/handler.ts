import { bakedSettings } from '#adapters/aws/baked-settings.ts';
import { dynamodbClient } from '#adapters/aws/clients.ts';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { functionEnvironment } from '#adapters/aws/function-environment.ts';
import { lakeLog } from '#adapters/aws/lake-log.ts';
import { functionLogger } from '#adapters/aws/logger.ts';
import { emfMeasurements } from '#adapters/aws/measurements.ts';
import { openLake } from '#adapters/aws/open-lake.ts';
import { checkpointReader } from '#columnar/checkpoint/checkpoint-reader.ts';
import type { MaintenanceRequest } from '#contract/maintenance.ts';
import { type CleanLogPorts, type CleanLogSummary, cleanLog, cleanLogSummary } from '#pipeline/log/clean-log.ts';

const settings = bakedSettings(import.meta.url);
const { ledgerTable, lakeBucket, deltaLogTable } = functionEnvironment('ledgerTable', 'lakeBucket', 'deltaLogTable');
const logger = functionLogger(settings.environment, 'clean-log');
const measurements = emfMeasurements(settings.environment);
const items = dynamodbClient();

const ports: CleanLogPorts = {
  settings,
  logOf: lakeLog(settings, {
    lake: openLake(settings, lakeBucket),
    items,
    deltaLogTable,
    ledger: dynamodbLedger(items, ledgerTable),
  }),
  codec: checkpointReader,
  clock: Date.now,
  measurements,
};

/** Deletes the versions of one table's log that are past their retention. */
export async function handler({ tableName, dryRun }: MaintenanceRequest): Promise<CleanLogSummary> {
  try {
    const summary = cleanLogSummary(await cleanLog({ tableName, dryRun }, ports));
    logger.info('log cleaned', { table: tableName, dryRun, ...summary });
    return summary;
  } catch (error) {
    logger.error('log not cleaned', { table: tableName, error: error as Error });
    throw error;
  } finally {
    measurements.publish();
  }
}
