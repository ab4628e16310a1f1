import type { Settings } from '#contract/settings.ts';
import type { LogState } from '#delta/log-state.ts';
import type { Ids } from '../clock.ts';
import { agreeWithLog } from '../commit/agree-with-log.ts';
import { filePropertiesOf } from '../file-properties.ts';
import type { Ledger, TableRecord } from '../ledger/ledger.ts';
import { tableSettingsOf } from '../table-defaults.ts';

/** The record of a table that others wrote up to this version: with the log's columns, partitioning and properties. */
export async function adoptedRecord(
  tableName: string,
  known: TableRecord | undefined,
  state: LogState,
  { ledger, settings, ids }: { ledger: Ledger; settings: Pick<Settings, 'tables'>; ids: Ids },
): Promise<TableRecord> {
  const { id, schemaString, partitionColumns, configuration } = state.metaData;
  const record =
    known ??
    (await ledger.createTable({
      tableId: ids(),
      tableName,
      incarnation: id,
      schemaString,
      schemaVersion: 1,
      partitionColumns,
      ...filePropertiesOf(configuration),
      logStore: { family: tableSettingsOf(settings, tableName).logStore, sinceVersion: state.version },
    }));
  return agreeWithLog(record, state, ledger);
}
