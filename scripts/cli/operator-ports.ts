import { randomUUID } from 'node:crypto';
import { dynamodbClient } from '#adapters/aws/clients.ts';
import { dynamodbLedger } from '#adapters/aws/dynamodb-ledger.ts';
import { lakeItemLog, lakeLog } from '#adapters/aws/lake-log.ts';
import { openLake } from '#adapters/aws/open-lake.ts';
import { checkpointCodec } from '#columnar/checkpoint/checkpoint-codec.ts';
import { tablePrefix } from '#contract/environment.ts';
import type { Settings } from '#contract/settings.ts';
import type { AbsoluteLocator } from '#delta/file-location.ts';
import type { ResumePorts } from '#pipeline/commit/resume-table.ts';
import type { SwitchPorts } from '#pipeline/log/switch-log-store.ts';
import { lakeEnvironment } from './operator-environment.ts';
import { readSettings } from './read-settings.ts';

/** What operators' commands work on: the ledger and lake that the environment variables of the functions name. */
export interface OperatorPorts extends ResumePorts, SwitchPorts {
  settings: Settings;
  tablesInLake: () => Promise<readonly string[]>;
  /** Leads to what logs name absolutely. */
  locate: AbsoluteLocator;
}

/**
 * Settings come from `config/<environment>.yaml` under `root`, those of one table where a command is about one; region, credentials
 * and endpoints from the SDK's environment.
 */
export function operatorPorts(root: string, environment: string, tableName?: string): OperatorPorts {
  const settings = readSettings(root, environment, tableName);
  const { ledgerTable, lakeBucket, deltaLogTable } = lakeEnvironment(
    settings,
    'ledgerTable',
    'lakeBucket',
    'deltaLogTable',
  );
  const items = dynamodbClient();
  const ledger = dynamodbLedger(items, ledgerTable);
  const lake = openLake(settings, lakeBucket);
  const parts = { lake, items, deltaLogTable, ledger };
  return {
    ledger,
    settings,
    logOf: lakeLog(settings, parts),
    tablesInLake: () => lake.foldersIn(tablePrefix('')),
    itemLogOf: lakeItemLog(settings, parts),
    locate: lake.locate,
    codec: checkpointCodec,
    clock: Date.now,
    ids: randomUUID,
  };
}
