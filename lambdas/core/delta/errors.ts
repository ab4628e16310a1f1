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

/** Rows are to leave a table that only takes appends (`delta.appendOnly`). */
export class AppendOnlyTable extends Error {
  override name = errorNames.appendOnlyTable;
}

/** A table property has a value that it cannot have. */
export class InvalidProperty extends Error {
  override name = errorNames.invalidProperty;
}

/** An earlier version cannot be gone back to: what the table is now does not allow it. */
export class RestoreRefused extends Error {
  override name = errorNames.restoreRefused;
}

/** Others were ahead at every attempt to commit, or no answer came: nothing is lost, and later it may work. */
export class CommitContentionError extends Error {
  override name = errorNames.commitContention;
}

/** A predicate that cannot be understood, or does not fit the table's columns. */
export class PredicateError extends Error {
  override name = errorNames.predicate;
}
