import { errorNames } from '#contract/error-names.ts';

export { CommitContentionError } from '#delta/errors.ts';

/**
 * The log covers manifests that were staged after it did: this ledger gives out ordinals that another one has used. Nothing
 * is deleted.
 */
export class LedgerBehindLogError extends Error {
  override readonly name = errorNames.ledgerBehindLog;
}

/**
 * The log has a column with another type than the ledger agreed on, and this commit cannot settle it: the log has moved on, or the
 * table is the one for dead letters. Nothing is deleted or committed.
 */
export class SchemaConflictError extends Error {
  override readonly name = errorNames.schemaConflict;
}

/**
 * A writer that the table was taken over from has written to it since: rows of its partition may be there twice, or come to be.
 * Nothing is committed until an operator decides.
 */
export class OldWriterError extends Error {
  override readonly name = errorNames.oldWriter;
}

/** The table's log is written in another way than the settings say, or is being switched. */
export class LogStoreSwitchedError extends Error {
  override name = errorNames.logStoreSwitched;
}
