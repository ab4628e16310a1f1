import { deadLetterTable, deadLetterTablesOf } from '#contract/dead-letter-table.ts';
import { destinationOf } from '#contract/route-template.ts';
import type { Settings } from '#contract/settings.ts';
import type { SourceSettings } from '#contract/source-settings.ts';
import { wholeTablesOfOthers } from '#contract/source-twins.ts';
import { isTablePattern, settingsOfTable, tableKeyOf } from '#contract/table-names.ts';
import type { TableSettings } from '#contract/table-settings.ts';
import type { StructType } from '#delta/schema.ts';
import type { TableCap } from '../ledger/ledger.ts';
import type { TableRefusal } from '../route/table-namer.ts';
import { tableSettingsOf } from '../table-defaults.ts';
import { deadLetterColumns, extraLetterFields } from './dead-letter.ts';
import { SettingsError } from './ingest-errors.ts';
import { declaredColumns } from './table-columns.ts';

/** A table as ingest writes to it. */
export interface IngestTable {
  tableName: string;
  settings: TableSettings;
  positionColumns: boolean;
  declared: StructType;
  /** What it is counted under when a route makes it; absent where the settings name it. */
  cap?: TableCap | undefined;
}

/** What ingest needs to know of one source. */
export interface IngestSettings {
  source: string;
  sourceSettings: SourceSettings;
  /** The source's table, or its route's with the placeholders: what records are meant for before it is known of each. */
  destination: string;
  /** The only table, where no route names them. */
  table: IngestTable | undefined;
  /** A table for records; nothing where the settings have neither it nor a pattern for it, or it is one of dead letters. */
  tableNamed: (tableName: string) => IngestTable | undefined;
  /** Why the source's route may not lead to a table. */
  refusalOf: (tableName: string) => TableRefusal;
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
  const { table, route } = sourceSettings;
  const taken = wholeTablesOfOthers(source, settings.sources, settings.clusters);
  const letterTables = new Set(deadLetterTablesOf(settings));
  const tableNamed = (tableName: string): IngestTable | undefined => {
    const key = letterTables.has(tableName) ? undefined : tableKeyOf(settings.tables, tableName);
    if (key === undefined) return undefined;
    const found = ingestTableOf(settings, tableName);
    const isCounted = route !== undefined && isTablePattern(key);
    return isCounted ? { ...found, cap: { counter: source, limit: route.maxNewTables } } : found;
  };
  return {
    source,
    sourceSettings,
    destination: destinationOf(sourceSettings),
    table: table === undefined ? undefined : known(tableNamed(table), table),
    tableNamed,
    refusalOf: (tableName) => {
      const other = taken.get(tableName);
      if (other !== undefined) {
        const message = `expected a table that no other source of the same records fills, got ${tableName}, which has each of them by source ${other}`;
        return { error: 'TableOfOther', message };
      }
      if (tableNamed(tableName) !== undefined) return undefined;
      const message = `expected the settings to have table ${tableName}, or a pattern for it, they have neither`;
      return { error: 'UnknownTable', message };
    },
    deadLetters: deadLettersOf(settings, source),
  };
}

function ingestTableOf(settings: TableParts, tableName: string): IngestTable {
  const own = tableSettingsOf(settings, tableName);
  const positionColumns = hasPositionColumns(settings, tableName);
  return { tableName, settings: own, positionColumns, declared: declaredColumns(own, positionColumns) };
}

type TableParts = Pick<Settings, 'environment' | 'tables'>;

type LetterParts = TableParts & { sources: Readonly<Record<string, Pick<SourceSettings, 'deadLetters'>>> };

/** The table of a source's dead letters; of a source that the settings do not have (any more), the environment's. */
export function deadLettersOf(settings: LetterParts, source: string): IngestTable {
  const tableName = settings.sources[source]?.deadLetters.table ?? deadLetterTable;
  const own = Object.values(settings.sources).filter(({ deadLetters }) => deadLetters.table === tableName);
  const extra = own.flatMap(({ deadLetters }) => extraLetterFields(deadLetters));
  const byKey = new Map(extra.map((field) => [field.name.toLowerCase(), field]));
  return {
    tableName,
    settings: known(settingsOfTable<TableSettings>(settings.tables, tableName), tableName),
    positionColumns: true,
    declared: { type: 'struct', fields: [...deadLetterColumns.fields, ...byKey.values()] },
  };
}

/** Whether the rows of a table say where they came from. */
export const hasPositionColumns = ({ environment, tables }: TableParts, table: string): boolean =>
  environment === 'local' || tableSettingsOf({ tables }, table).positionColumns;

function known<T>(found: T | undefined, tableName: string): T {
  if (found === undefined) throw new SettingsError(`table ${tableName}: expected it among the settings' tables`);
  return found;
}
