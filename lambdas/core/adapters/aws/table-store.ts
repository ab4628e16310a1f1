import type { S3Client } from '@aws-sdk/client-s3';
import { tablePrefix } from '#contract/environment.ts';
import { dataFileTag, isOutsideLog } from '#contract/file-expiry.ts';
import type { Settings } from '#contract/settings.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { tableSettingsOf } from '#pipeline/table-defaults.ts';
import { s3ObjectStore } from './s3-object-store.ts';

/** Objects of the lake's tables by the table's name. What is put outside the log of a table whose files expire is tagged so. */
export function tableStores(
  settings: Pick<Settings, 'tables'>,
  client: S3Client,
  lakeBucket: string,
): (tableName: string) => ObjectStore {
  const tags = { [dataFileTag.key]: dataFileTag.value };
  return (tableName) => {
    const { expireAfterMs } = tableSettingsOf(settings, tableName);
    const tagsOf = expireAfterMs === undefined ? undefined : (path: string) => (isOutsideLog(path) ? tags : undefined);
    return s3ObjectStore(client, lakeBucket, tablePrefix(tableName), tagsOf);
  };
}
