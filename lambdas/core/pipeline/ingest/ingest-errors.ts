import { errorNames } from '#contract/error-names.ts';

/** A redelivered record contradicts what the cursor remembers: the topic or stream was made anew under its old name. */
export class SourceRecreatedError extends Error {
  override readonly name = errorNames.sourceRecreated;
}

/**
 * Parts of a record were accepted, and its source's settings do not take it apart any more as they did: what is left of it
 * cannot be told.
 */
export class HalfAcceptedRecordError extends Error {
  override readonly name = errorNames.halfAcceptedRecord;
}

/** As much waits for the committer as the table's settings allow. */
export class BackpressureError extends Error {
  override readonly name = errorNames.backpressure;
}

/** An attempt is so old that vacuum may have taken its files for orphans. */
export class StaleAttemptError extends Error {
  override readonly name = errorNames.staleAttempt;
}

/** Settings contradict what a live table already is. */
export class SettingsError extends Error {
  override readonly name = errorNames.settings;
}

/** A cursor went back while a batch was under way: what the batch holds may lie beyond records that are to be read again. */
export class CursorMovedBackError extends Error {
  override readonly name = errorNames.cursorMovedBack;
}
