import { randomUUID } from 'node:crypto';
import { bakedSettings } from '#adapters/aws/baked-settings.ts';
import { dynamodbClient } from '#adapters/aws/clients.ts';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { functionEnvironment } from '#adapters/aws/function-environment.ts';
import { functionLogger } from '#adapters/aws/logger.ts';
import { emfMeasurements } from '#adapters/aws/measurements.ts';
import { openLake } from '#adapters/aws/open-lake.ts';
import { tableStores } from '#adapters/aws/table-store.ts';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import { dataFileRows } from '#columnar/read/data-file.ts';
import type { DivertRequest } from '#contract/commit-machine.ts';
import { type DivertPorts, divertManifests } from '#pipeline/divert/divert-manifests.ts';

const settings = bakedSettings(import.meta.url);
const { ledgerTable, lakeBucket } = functionEnvironment('ledgerTable', 'lakeBucket');
const logger = functionLogger(settings.environment, 'divert');
const measurements = emfMeasurements(settings.environment);
const lake = openLake(settings, lakeBucket);
const storeOf = tableStores(settings, lake);

const ports: DivertPorts = {
  ledger: dynamodbLedger(dynamodbClient(), ledgerTable),
  settings,
  storeOf,
  codec: checkpointCodec,
  readRows: (tableName, path, fields) => dataFileRows(storeOf(tableName), path, fields),
  encode: async (columns, compression) => (await encodeParquet(columns, compression)).bytes,
  clock: Date.now,
  ids: randomUUID,
  measurements,
};

/** Makes dead letters of a table's staged rows that contradict its log, so that its commits go on. */
export async function handler({ tableId }: DivertRequest): Promise<void> {
  try {
    const diverted = await divertManifests(tableId, ports);
    if (diverted.manifests > 0) logger.warn('manifests diverted', { tableId, ...diverted });
  } catch (error) {
    logger.error('manifests not diverted', { tableId, error: error as Error });
    throw error;
  } finally {
    measurements.publish();
  }
}
