import { errorNames } from '#contract/error-names.ts';

/** The table needs a reader or writer version beyond what is implemented here. */
export class UnsupportedProtocol extends Error {
  override name = errorNames.unsupportedProtocol;
}

/** The table uses a feature, by name or in its metadata, that is not implemented here. */
export class UnsupportedFeature extends Error {
  override name = errorNames.unsupportedFeature;
}

/** There is no commit and no checkpoint. */
export class NotATable extends Error {
  override name = errorNames.notATable;
}

/** Commits before the version are gone and no checkpoint covers it, or the version is not there yet. */
export class VersionNotReconstructible extends Error {
  override name = errorNames.versionNotReconstructible;
}

/** A file of the log does not say what Delta's protocol asks of it. */
export class CorruptLog extends Error {
  override name = errorNames.corruptLog;
}

/** The snapshot names a data file that is not there. */
export class MissingDataFile extends Error {
  override name = errorNames.missingDataFile;
}
