import { tablePrefix } from '#contract/environment.ts';
import { dataFileTag, mayExpire } from '#contract/file-expiry.ts';
import type { Settings } from '#contract/settings.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { tableSettingsOf } from '#pipeline/table-defaults.ts';
import type { Lake } from '../lake/lake.ts';

/** Objects of the lake's tables by the table's name. What is put into a table whose files expire is tagged so, but for what lasts. */
export function tableStores(
  settings: Pick<Settings, 'tables'>,
  lake: Pick<Lake, 'storeOf'>,
): (tableName: string) => ObjectStore {
  const tags = { [dataFileTag.key]: dataFileTag.value };
  return (tableName) => {
    const { expireAfterMs } = tableSettingsOf(settings, tableName);
    const tagsOf = expireAfterMs === undefined ? undefined : (path: string) => (mayExpire(path) ? tags : undefined);
    return lake.storeOf(tablePrefix(tableName), tagsOf);
  };
}
