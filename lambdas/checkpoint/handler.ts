import { randomUUID } from 'node:crypto';
import { bakedSettings } from '#adapters/aws/baked-settings.ts';
import { dynamodbClient } from '#adapters/aws/clients.ts';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { functionEnvironment } from '#adapters/aws/function-environment.ts';
import { functionLogger } from '#adapters/aws/logger.ts';
import { emfMeasurements } from '#adapters/aws/measurements.ts';
import { openLake } from '#adapters/aws/open-lake.ts';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import type { CheckpointRequest } from '#contract/commit-machine.ts';
import { tablePrefix } from '#contract/environment.ts';
import { type CheckpointPorts, checkpointTable } from '#pipeline/log/checkpoint-table.ts';

const settings = bakedSettings(import.meta.url);
const { ledgerTable, lakeBucket } = functionEnvironment('ledgerTable', 'lakeBucket');
const logger = functionLogger(settings.environment, 'checkpoint');
const measurements = emfMeasurements(settings.environment);
const lake = openLake(settings, lakeBucket);

const ports: CheckpointPorts = {
  ledger: dynamodbLedger(dynamodbClient(), ledgerTable),
  storeOf: (tableName) => lake.storeOf(tablePrefix(tableName)),
  codec: checkpointCodec,
  clock: Date.now,
  ids: randomUUID,
  measurements,
};

/** Writes the checkpoint of a table's latest version. */
export async function handler({ tableId }: CheckpointRequest): Promise<void> {
  try {
    const written = await checkpointTable(tableId, ports);
    if (written !== undefined) logger.info('checkpoint written', { tableId, version: written.version });
  } catch (error) {
    logger.error('checkpoint not written', { tableId, error: error as Error });
    throw error;
  } finally {
    measurements.publish();
  }
}
