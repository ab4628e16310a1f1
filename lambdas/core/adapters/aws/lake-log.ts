import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { tablePrefix } from '#contract/environment.ts';
import type { Settings } from '#contract/settings.ts';
import { tableKeyOf } from '#contract/table-names.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { dynamodbLogStore } from '#delta/dynamodb-log-store.ts';
import type { LogStore } from '#delta/log-store.ts';
import { agreedLogStore, logStoreInForce } from '#pipeline/commit/agreed-log-store.ts';
import type { Ledger, LogStoreInForce } from '#pipeline/ledger/ledger.ts';
import type { TableLog } from '#pipeline/log/table-log.ts';
import { tableSettingsOf } from '#pipeline/table-defaults.ts';
import type { Lake } from '../lake/lake.ts';
import { commitEntryTable } from './commit-entry-table.ts';
import { tableStores } from './table-store.ts';

export interface LakeParts {
  lake: Lake;
  items: DynamoDBClient;
  deltaLogTable: string;
  ledger: Ledger;
}

/** As S3DynamoDBLogStore writes it into `tablePath`: without a slash at its end. */
const uriOf = ({ lake }: LakeParts, tableName: string): string => `${lake.uri}/${tablePrefix(tableName)}`;

type LakeSettings = Pick<Settings, 'environment' | 'tables'>;

/**
 * The logs of the lake's tables, each written in the way that its settings name, unless the ledger knows of another; where settings
 * name the table no more, in the way that the ledger knows.
 */
export function lakeLog(settings: LakeSettings, parts: LakeParts): (tableName: string) => TableLog {
  const entries = commitEntryTable(parts.items, parts.deltaLogTable);
  const storeOf = tableStores(settings, parts.lake);
  const { environment } = settings;
  const { ledger } = parts;
  return (tableName) => {
    const store = storeOf(tableName);
    const tablePath = uriOf(parts, tableName);
    const storeBy = (family: LogStoreInForce['family']): LogStore =>
      family === 'conditional'
        ? conditionalLogStore(store, { entries, tablePath })
        : dynamodbLogStore({ store, entries, tablePath, ids: randomUUID, clock: Date.now });
    const { logStore: family } = tableSettingsOf(settings, tableName);
    const common = { environment, tableName, ledger };
    const logStore = isNamed(settings, tableName)
      ? agreedLogStore({ ...common, logStore: storeBy(family), family })
      : logStoreInForce({ ...common, storeOf: storeBy, ifNone: family });
    return { objects: store, logStore };
  };
}

const isNamed = ({ tables }: LakeSettings, tableName: string): boolean => tableKeyOf(tables, tableName) !== undefined;

/** The logs of the lake's tables, written by items whatever is in force: for the switch alone. */
export function lakeItemLog(settings: LakeSettings, parts: LakeParts): (tableName: string) => TableLog {
  const entries = commitEntryTable(parts.items, parts.deltaLogTable);
  const storeOf = tableStores(settings, parts.lake);
  return (tableName) => {
    const store = storeOf(tableName);
    const tablePath = uriOf(parts, tableName);
    return {
      objects: store,
      logStore: dynamodbLogStore({ store, entries, tablePath, ids: randomUUID, clock: Date.now }),
    };
  };
}
