import type { Settings } from '#contract/settings.ts';
import { settingsOfTable } from '#contract/table-names.ts';
import type { TableSettings } from '#contract/table-settings.ts';

/** Settings of a table that the environment names no more, whose manifests are still committed: the schema's defaults. */
export const removedTableSettings: TableSettings = {
  schema: 'infer',
  evolution: 'add',
  maxColumns: 2_000,
  maxDepth: 32,
  nanoseconds: 'deadLetter',
  partitionBy: [],
  latencyMs: 60_000,
  minFileBytes: 128 * 1024 ** 2,
  maxRowsPerFile: 1_000_000,
  logStore: 'dynamodb',
  protectLog: false,
  checkpointInterval: 10,
  positionColumns: false,
  compression: 'zstd',
  bloomFilters: [],
  properties: {},
  optimize: {
    targetFileBytes: 128 * 1024 ** 2,
    minRowGroupBytes: 64 * 1024,
    maxFilesPerRun: 20_000,
    maxBytesPerRun: 64 * 1024 ** 3,
  },
  coalesce: {
    enabled: true,
    minFiles: 4,
    smallFileBytes: 16 * 1024 ** 2,
    minRowGroupBytes: 64 * 1024,
    maxBytes: 64 * 1024 ** 2,
    maxTimeMs: 10_000,
  },
  vacuum: { full: false, maxFiles: 100_000, maxListed: 500_000 },
  logCleanup: { maxFiles: 100_000 },
  repair: { maxMissingRatio: 0.05, maxFilesPerCommit: 5_000, missingWindowMs: 7 * 86_400_000 },
  maxStagedBytes: 8 * 1024 ** 3,
  maxStagedManifests: 20_000,
};

/** The settings of a table: those under its name, or under the pattern that names it. */
export const tableSettingsOf = ({ tables }: Pick<Settings, 'tables'>, tableName: string): TableSettings =>
  settingsOfTable<TableSettings>(tables, tableName) ?? removedTableSettings;
