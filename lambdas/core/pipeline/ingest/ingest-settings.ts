import { deadLetterTable } from '#contract/dead-letter-table.ts';
import type { Settings } from '#contract/settings.ts';
import type { SourceSettings } from '#contract/source-settings.ts';
import type { TableSettings } from '#contract/table-settings.ts';
import type { StructType } from '#delta/schema.ts';
import { tableSettingsOf } from '../table-defaults.ts';
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
  const positionColumns = hasPositionColumns(settings, table);
  return {
    source,
    sourceSettings,
    table: {
      tableName: table,
      settings: settingsOf(settings, table),
      positionColumns,
      declared: declaredColumns(settingsOf(settings, table), positionColumns),
    },
    deadLetters: deadLettersOf(settings),
  };
}

type TableParts = Pick<Settings, 'environment' | 'tables'>;

/** The dead-letter table as whoever writes dead letters sees it. */
export const deadLettersOf = (settings: TableParts): IngestTable => ({
  tableName: deadLetterTable,
  settings: settingsOf(settings, deadLetterTable),
  positionColumns: true,
  declared: deadLetterColumns,
});

/** Whether the rows of a table say where they came from. */
export const hasPositionColumns = ({ environment, tables }: TableParts, table: string): boolean =>
  environment === 'local' || tableSettingsOf({ tables }, table).positionColumns;

function settingsOf({ tables }: TableParts, table: string): TableSettings {
  const settings = (tables as Record<string, TableSettings | undefined>)[table];
  if (settings === undefined) throw new SettingsError(`table ${table}: expected it among the settings' tables`);
  return settings;
}
