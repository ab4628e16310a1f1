import { randomUUID } from 'node:crypto';
import { bakedSettings } from '#adapters/aws/baked-settings.ts';
import { dynamodbClient } from '#adapters/aws/clients.ts';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { functionEnvironment } from '#adapters/aws/function-environment.ts';
import { lakeLog } from '#adapters/aws/lake-log.ts';
import { functionLogger } from '#adapters/aws/logger.ts';
import { emfMeasurements } from '#adapters/aws/measurements.ts';
import { openLake } from '#adapters/aws/open-lake.ts';
import { checkpointReader } from '#columnar/checkpoint/checkpoint-reader.ts';
import { type RestoreInvocation, restoreName } from '#contract/restore.ts';
import { restoreRequest } from '#pipeline/restore/restore-invocation.ts';
import { type RestorePorts, type RestoreResult, restoreTable } from '#pipeline/restore/restore-table.ts';

const settings = bakedSettings(import.meta.url);
const { ledgerTable, lakeBucket, deltaLogTable } = functionEnvironment('ledgerTable', 'lakeBucket', 'deltaLogTable');
const logger = functionLogger(settings.environment, restoreName);
const measurements = emfMeasurements(settings.environment);
const lake = openLake(settings, lakeBucket);
const items = dynamodbClient();
const ledger = dynamodbLedger(items, ledgerTable);

const ports: RestorePorts = {
  ledger,
  logOf: lakeLog(settings, { lake, items, deltaLogTable, ledger }),
  locate: lake.locate,
  codec: checkpointReader,
  clock: Date.now,
  ids: randomUUID,
  measurements,
};

/** Makes one table what one of its versions was. */
export async function handler(invocation: RestoreInvocation): Promise<RestoreResult> {
  const about = { table: invocation.tableName, to: invocation.to, dryRun: invocation.dryRun };
  try {
    const result = await restoreTable(restoreRequest(invocation), ports);
    logger.info('restore ended', { ...about, ...result });
    return result;
  } catch (error) {
    logger.error('table not restored', { ...about, error: error as Error });
    throw error;
  } finally {
    measurements.publish();
  }
}
