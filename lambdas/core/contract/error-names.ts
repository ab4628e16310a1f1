/** Names of errors that state machines, alarms or people match on; each class sets its `name` from here. */
export const errorNames = {
  settings: 'SettingsError',
  sourceRecreated: 'SourceRecreatedError',
  cursorMovedBack: 'CursorMovedBackError',
  backpressure: 'BackpressureError',
  staleAttempt: 'StaleAttemptError',
  ledgerBehindLog: 'LedgerBehindLogError',
  schemaConflict: 'SchemaConflictError',
  commitContention: 'CommitContentionError',
  unsupportedFeature: 'UnsupportedFeature',
  unsupportedProtocol: 'UnsupportedProtocol',
  notATable: 'NotATable',
  versionNotReconstructible: 'VersionNotReconstructible',
  missingDataFile: 'MissingDataFile',
  corruptLog: 'CorruptLog',
} as const;
