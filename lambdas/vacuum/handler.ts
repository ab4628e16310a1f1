import { bakedSettings } from '#adapters/aws/baked-settings.ts';
import { dynamodbClient } from '#adapters/aws/clients.ts';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { functionEnvironment } from '#adapters/aws/function-environment.ts';
import { lakeLog } from '#adapters/aws/lake-log.ts';
import { functionLogger } from '#adapters/aws/logger.ts';
import { emfMeasurements } from '#adapters/aws/measurements.ts';
import { openLake } from '#adapters/aws/open-lake.ts';
import { checkpointReader } from '#columnar/checkpoint/checkpoint-reader.ts';
import type { VacuumInvocation } from '#contract/maintenance.ts';
import { type VacuumPorts, type VacuumSummary, vacuumSummary, vacuumTable } from '#pipeline/vacuum/vacuum-table.ts';

const settings = bakedSettings(import.meta.url);
const { ledgerTable, lakeBucket, deltaLogTable } = functionEnvironment('ledgerTable', 'lakeBucket', 'deltaLogTable');
const logger = functionLogger(settings.environment, 'vacuum');
const measurements = emfMeasurements(settings.environment);
const items = dynamodbClient();
const ledger = dynamodbLedger(items, ledgerTable);

const ports: VacuumPorts = {
  ledger,
  settings,
  logOf: lakeLog(settings, { lake: openLake(settings, lakeBucket), items, deltaLogTable, ledger }),
  codec: checkpointReader,
  clock: Date.now,
  measurements,
};

/** Deletes what no retained version of one table names, among as many objects as one invocation lists. */
export async function handler(request: VacuumInvocation): Promise<VacuumSummary> {
  const { tableName } = request;
  try {
    const summary = vacuumSummary(await vacuumTable(request, ports));
    logger.info('table vacuumed', { table: tableName, dryRun: request.dryRun, ...summary });
    if (summary.untoldBefore !== undefined) {
      logger.warn('the log no longer tells what its first versions removed: a full vacuum finds that', {
        table: tableName,
        untoldBefore: summary.untoldBefore,
      });
    }
    return summary;
  } catch (error) {
    logger.error('table not vacuumed', { table: tableName, error: error as Error });
    throw error;
  } finally {
    measurements.publish();
  }
}
