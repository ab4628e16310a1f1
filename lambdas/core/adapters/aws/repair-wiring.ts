import { randomUUID } from 'node:crypto';
import type { Logger } from '@aws-lambda-powertools/logger';
import { checkpointReader } from '#columnar/checkpoint/checkpoint-reader.ts';
import type { RepairExpiredPorts } from '#pipeline/repair/repair-expired.ts';
import { bakedSettings } from './baked-settings.ts';
import { dynamodbClient } from './clients.ts';
import { dynamodbLedger } from './dynamodb-ledger.ts';
import { functionEnvironment } from './function-environment.ts';
import { lakeLog } from './lake-log.ts';
import { functionLogger } from './logger.ts';
import { emfMeasurements, type PublishedMeasurements } from './measurements.ts';
import { openLake } from './open-lake.ts';

export interface RepairWiring {
  ports: RepairExpiredPorts;
  logger: Logger;
  measurements: PublishedMeasurements;
}

/** What both functions that repair are made of, from the settings beside the bundle `moduleUrl` and the environment. */
export function repairWiring(moduleUrl: string, noun: string): RepairWiring {
  const settings = bakedSettings(moduleUrl);
  const { ledgerTable, lakeBucket, deltaLogTable } = functionEnvironment('ledgerTable', 'lakeBucket', 'deltaLogTable');
  const lake = openLake(settings, lakeBucket);
  const items = dynamodbClient();
  const ledger = dynamodbLedger(items, ledgerTable);
  const measurements = emfMeasurements(settings.environment);
  return {
    ports: {
      ledger,
      settings,
      logOf: lakeLog(settings, { lake, items, deltaLogTable, ledger }),
      locate: lake.locate,
      codec: checkpointReader,
      clock: Date.now,
      ids: randomUUID,
      measurements,
    },
    logger: functionLogger(settings.environment, noun),
    measurements,
  };
}
