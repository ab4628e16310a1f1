import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { tableUri } from '#contract/environment.ts';
import type { Settings } from '#contract/settings.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { dynamodbLogStore } from '#delta/dynamodb-log-store.ts';
import { agreedLogStore } from '#pipeline/commit/agreed-log-store.ts';
import type { Ledger } from '#pipeline/ledger/ledger.ts';
import type { TableLog } from '#pipeline/log/table-log.ts';
import { tableSettingsOf } from '#pipeline/table-defaults.ts';
import { commitEntryTable } from './commit-entry-table.ts';
import { tableStores } from './table-store.ts';

export interface LakeParts {
  objects: S3Client;
  items: DynamoDBClient;
  lakeBucket: string;
  deltaLogTable: string;
  ledger: Ledger;
}

type LakeSettings = Pick<Settings, 'environment' | 'tables'>;

/** The logs of the lake's tables, each written in the way that its settings name, unless the ledger knows of another. */
export function lakeLog(settings: LakeSettings, parts: LakeParts): (tableName: string) => TableLog {
  const entries = commitEntryTable(parts.items, parts.deltaLogTable);
  const storeOf = tableStores(settings, parts.objects, parts.lakeBucket);
  const { environment } = settings;
  const { ledger } = parts;
  return (tableName) => {
    const store = storeOf(tableName);
    const tablePath = tableUri(parts.lakeBucket, tableName);
    const { logStore: family } = tableSettingsOf(settings, tableName);
    const logStore =
      family === 'conditional'
        ? conditionalLogStore(store, { entries, tablePath })
        : dynamodbLogStore({ store, entries, tablePath, ids: randomUUID, clock: Date.now });
    return { objects: store, logStore: agreedLogStore({ logStore, family, environment, tableName, ledger }) };
  };
}

/** The logs of the lake's tables, written by items whatever is in force: for the switch alone. */
export function lakeItemLog(settings: LakeSettings, parts: LakeParts): (tableName: string) => TableLog {
  const entries = commitEntryTable(parts.items, parts.deltaLogTable);
  const storeOf = tableStores(settings, parts.objects, parts.lakeBucket);
  return (tableName) => {
    const store = storeOf(tableName);
    const tablePath = tableUri(parts.lakeBucket, tableName);
    return {
      objects: store,
      logStore: dynamodbLogStore({ store, entries, tablePath, ids: randomUUID, clock: Date.now }),
    };
  };
}
