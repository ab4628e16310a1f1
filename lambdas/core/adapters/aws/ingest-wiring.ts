import { randomUUID } from 'node:crypto';
import type { Logger } from '@aws-lambda-powertools/logger';
import { smallFunctionMiB } from '#contract/environment.ts';
import type { SourceSettings } from '#contract/source-settings.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import type { LakeTable } from '#pipeline/ingest/agree-table.ts';
import { batchIngest, type IngestBatch } from '#pipeline/ingest/ingest-batch.ts';
import { ingestSettingsOf } from '#pipeline/ingest/ingest-settings.ts';
import { kernelEngines } from '../kernel/batch-engines.ts';
import { bakedSettings } from './baked-settings.ts';
import { dynamodbClient } from './clients.ts';
import { dynamodbLedger } from './dynamodb-ledger.ts';
import { formatPorts } from './format-wiring.ts';
import { functionEnvironment } from './function-environment.ts';
import { functionLogger } from './logger.ts';
import { emfMeasurements, type PublishedMeasurements } from './measurements.ts';
import { openLake } from './open-lake.ts';
import { collectSeldom, holdLittle } from './process-memory.ts';
import { tableStores } from './table-store.ts';

export interface IngestWiring {
  source: string;
  sourceSettings: SourceSettings;
  ingest: IngestBatch;
  logger: Logger;
  measurements: PublishedMeasurements;
}

/** What both ingest functions are made of, from the settings beside the bundle `moduleUrl` and the environment. */
export function ingestWiring(moduleUrl: string): IngestWiring {
  const settings = bakedSettings(moduleUrl);
  if (settings.functions.ingest.memoryMiB > smallFunctionMiB) collectSeldom();
  else holdLittle();
  const { source, ledgerTable, lakeBucket } = functionEnvironment('source', 'ledgerTable', 'lakeBucket');
  const ingestSettings = ingestSettingsOf(settings, source);
  const storeOf = tableStores(settings, openLake(settings, lakeBucket));
  const measurements = emfMeasurements(settings.environment);
  const logger = functionLogger(settings.environment, `ingest-${source}`);
  return {
    source,
    sourceSettings: ingestSettings.sourceSettings,
    ingest: batchIngest(ingestSettings, {
      ledger: dynamodbLedger(dynamodbClient(), ledgerTable),
      storeOf,
      lakeTable: (tableName) => lakeTableIn(storeOf(tableName)),
      engines: kernelEngines(
        settings.functions.ingest.secondCore
          ? { onSecondCoreFailure: (failure) => logger.warn('second core failed', { failure }) }
          : {},
      ),
      clock: Date.now,
      ids: randomUUID,
      measurements,
      formats: formatPorts(settings),
    }),
    logger,
    measurements,
  };
}

/** Reads a log, which is asked for when a table is new to the ledger or grows: what reads it is loaded then. */
async function lakeTableIn(store: ObjectStore): Promise<LakeTable | undefined> {
  const { readLakeTable } = await import('./read-lake-table.ts');
  return readLakeTable(store);
}
