import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { tableUri } from '#contract/environment.ts';
import type { Settings } from '#contract/settings.ts';
import { conditionalLogStore } from '#delta/conditional-log-store.ts';
import { dynamodbLogStore } from '#delta/dynamodb-log-store.ts';
import { tableSettingsOf } from '#pipeline/table-defaults.ts';
import type { TableLog } from '#pipeline/table-log.ts';
import { commitEntryTable } from './commit-entry-table.ts';
import { tableStores } from './table-store.ts';

export interface LakeParts {
  objects: S3Client;
  items: DynamoDBClient;
  lakeBucket: string;
  deltaLogTable: string;
}

/** The logs of the lake's tables, each written in the way that its settings name. */
export function lakeLog(
  { tables }: Pick<Settings, 'tables'>,
  { objects, items, lakeBucket, deltaLogTable }: LakeParts,
): (tableName: string) => TableLog {
  const entries = commitEntryTable(items, deltaLogTable);
  const storeOf = tableStores({ tables }, objects, lakeBucket);
  return (tableName) => {
    const store = storeOf(tableName);
    const { logStore } = tableSettingsOf({ tables }, tableName);
    switch (logStore) {
      case 'conditional':
        return { objects: store, logStore: conditionalLogStore(store) };
      case 'dynamodb': {
        const tablePath = tableUri(lakeBucket, tableName);
        return {
          objects: store,
          logStore: dynamodbLogStore({ store, entries, tablePath, ids: randomUUID, clock: Date.now }),
        };
      }
      default:
        return logStore satisfies never;
    }
  };
}
