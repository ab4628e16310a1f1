/** Names of every metric, once: functions publish them, dashboards and alarms read them. */
export const metricNamespace = 'Alluvium';

export const metrics = {
  /** By source. */
  recordsIn: 'RecordsIn',
  recordsRedelivered: 'RecordsRedelivered',
  recordsDropped: 'RecordsDropped',
  /** Before the position that their source partition begins at. */
  recordsSkipped: 'RecordsSkipped',
  ingestFailures: 'IngestFailures',
  sourceRecreated: 'SourceRecreated',
  /** Batches that wrote more than four data files. */
  wideFanOuts: 'WideFanOuts',
  /** By table. */
  batchesRefused: 'BatchesRefused',
  rowsStaged: 'RowsStaged',
  /** Rows without some fields of their records, which have no column in a table whose columns are frozen. */
  rowsTrimmed: 'RowsTrimmed',
  rowsOut: 'RowsOut',
  /** Rows out that were dead letters before. */
  redrivenRows: 'RedrivenRows',
  deadLetters: 'DeadLetters',
  freshnessMs: 'FreshnessMs',
  stagedBytes: 'StagedBytes',
  stagedManifests: 'StagedManifests',
  commits: 'Commits',
  commitConflicts: 'CommitConflicts',
  commitFailures: 'CommitFailures',
  strandedManifests: 'StrandedManifests',
  /** Manifests whose rows became dead letters, since the log has one of their columns with another type. */
  divertedManifests: 'DivertedManifests',
  ledgerBehindLog: 'LedgerBehindLog',
  strayWriter: 'StrayWriter',
  lostCommits: 'LostCommits',
  catalogFailures: 'CatalogFailures',
  /** Staged files that became part of larger ones before their commit. */
  coalescedFiles: 'CoalescedFiles',
  /** Commits that went on with files as they were staged, or that left superfluous ones behind. */
  coalesceFailures: 'CoalesceFailures',
  checkpoints: 'Checkpoints',
  checkpointFailures: 'CheckpointFailures',
  optimizeRuns: 'OptimizeRuns',
  optimizeFailures: 'OptimizeFailures',
  /** Files that became part of larger ones, and their bytes. */
  optimizedFiles: 'OptimizedFiles',
  optimizedBytes: 'OptimizedBytes',
  /** Merged files that were dropped, since another commit took away what they were made of. */
  optimizeConflicts: 'OptimizeConflicts',
  vacuumRuns: 'VacuumRuns',
  vacuumFailures: 'VacuumFailures',
  vacuumedFiles: 'VacuumedFiles',
  vacuumedBytes: 'VacuumedBytes',
  logCleanupRuns: 'LogCleanupRuns',
  logCleanupFailures: 'LogCleanupFailures',
  /** Files of the log that a clean-up deleted. */
  cleanedLogFiles: 'CleanedLogFiles',
  repairRuns: 'RepairRuns',
  repairFailures: 'RepairFailures',
  /** Repairs that found too many files missing, or that a table does not allow. */
  repairsRefused: 'RepairsRefused',
  /** Files that a repair took out of the log. */
  repairedFiles: 'RepairedFiles',
  /** Staged files that S3 deleted before their commit. */
  expiredStagedFiles: 'ExpiredStagedFiles',
  restoreRuns: 'RestoreRuns',
  /** Files that restores brought back, and that they took out. */
  restoredFiles: 'RestoredFiles',
  restoreRemovedFiles: 'RestoreRemovedFiles',
  /** By environment alone. */
  sweeps: 'Sweeps',
  restoreFailures: 'RestoreFailures',
  /** Restores to versions whose files are gone. */
  restoresRefused: 'RestoresRefused',
} as const;

export type MetricName = (typeof metrics)[keyof typeof metrics];

/** Dimensions: `environment`, alone, with `source` or with `table`. */
export const dimensions = { environment: 'environment', source: 'source', table: 'table' } as const;
