import { randomUUID } from 'node:crypto';
import { dynamodbClient, s3Client } from '#adapters/aws/clients.ts';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { lakeItemLog, lakeLog } from '#adapters/aws/lake-log.ts';
import { tablesInLake } from '#adapters/aws/lake-tables.ts';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import type { Settings } from '#contract/settings.ts';
import type { ResumePorts } from '#pipeline/commit/resume-table.ts';
import type { SwitchPorts } from '#pipeline/log/switch-log-store.ts';
import { operatorEnvironment } from './operator-environment.ts';
import { readSettings } from './read-settings.ts';

/** What operators' commands work on: the ledger and lake that the environment variables of the functions name. */
export interface OperatorPorts extends ResumePorts, SwitchPorts {
  settings: Settings;
  tablesInLake: () => Promise<readonly string[]>;
}

/**
 * Settings come from `config/<environment>.yaml` under `root`, those of one table where a command is about one; region, credentials
 * and endpoints from the SDK's environment.
 */
export function operatorPorts(root: string, environment: string, tableName?: string): OperatorPorts {
  const settings = readSettings(root, environment, tableName);
  const { ledgerTable, lakeBucket, deltaLogTable } = operatorEnvironment('ledgerTable', 'lakeBucket', 'deltaLogTable');
  const items = dynamodbClient();
  const ledger = dynamodbLedger(items, ledgerTable);
  const lake = { objects: s3Client(), items, lakeBucket, deltaLogTable, ledger };
  return {
    ledger,
    settings,
    logOf: lakeLog(settings, lake),
    tablesInLake: () => tablesInLake(lake.objects, lakeBucket),
    itemLogOf: lakeItemLog(settings, lake),
    codec: checkpointCodec,
    clock: Date.now,
    ids: randomUUID,
  };
}
