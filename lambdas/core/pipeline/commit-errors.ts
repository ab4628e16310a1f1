import { errorNames } from '#contract/error-names.ts';

/**
 * The log covers manifests that were staged after it did: this ledger gives out ordinals that another one has used. Nothing
 * is deleted.
 */
export class LedgerBehindLogError extends Error {
  override readonly name = errorNames.ledgerBehindLog;
}

/** The log has a column under a name that staged files use with another type. Nothing is deleted or committed. */
export class SchemaConflictError extends Error {
  override readonly name = errorNames.schemaConflict;
}

/** Other writers were ahead at every attempt, or no answer came. Nothing is lost: the next commit goes on. */
export class CommitContentionError extends Error {
  override readonly name = errorNames.commitContention;
}
