import { deadLetterTable } from '#contract/dead-letter-table.ts';
import type { Settings } from '#contract/settings.ts';
import type { SourceSettings } from '#contract/source-settings.ts';
import type { TableSettings } from '#contract/table-settings.ts';
import type { StructType } from '#delta/schema.ts';
import { deadLetterColumns } from './dead-letter.ts';
import { SettingsError } from './ingest-errors.ts';
import { declaredColumns } from './table-columns.ts';

/** A table as ingest writes to it. */
export interface IngestTable {
  tableName: string;
  settings: TableSettings;
  positionColumns: boolean;
  declared: StructType;
}

/** What ingest needs to know of one source. */
export interface IngestSettings {
  source: string;
  sourceSettings: SourceSettings;
  table: IngestTable;
  deadLetters: IngestTable;
}

/** The part of an environment's settings that concerns one source. */
export function ingestSettingsOf(settings: Settings, source: string): IngestSettings {
  const sourceSettings = settings.sources[source];
  if (sourceSettings === undefined) {
    throw new SettingsError(
      `source ${source}: expected one of the settings' sources, ${Object.keys(settings.sources).join(', ')}`,
    );
  }
  const { table } = sourceSettings;
  const positionColumns = settings.environment === 'local' || settingsOf(settings, table).positionColumns;
  return {
    source,
    sourceSettings,
    table: {
      tableName: table,
      settings: settingsOf(settings, table),
      positionColumns,
      declared: declaredColumns(settingsOf(settings, table), positionColumns),
    },
    deadLetters: {
      tableName: deadLetterTable,
      settings: settingsOf(settings, deadLetterTable),
      positionColumns: true,
      declared: deadLetterColumns,
    },
  };
}

function settingsOf({ tables }: Settings, table: string): TableSettings {
  const settings = (tables as Record<string, TableSettings | undefined>)[table];
  if (settings === undefined) throw new SettingsError(`table ${table}: expected it among the settings' tables`);
  return settings;
}
