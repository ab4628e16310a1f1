/**
 * How data files expire and a log never does: S3's lifecycle rules choose objects by prefix and tag and cannot leave out a
 * folder, so objects outside `_delta_log/` carry a tag, if their table's settings ask for expiry, and its rule asks for both.
 */
export const dataFileTag = { key: 'alluvium', value: 'data-file' } as const;

/** Whether an object of a table, by its path in it, is to carry the tag: all but the log. */
export const isOutsideLog = (path: string): boolean => !path.startsWith('_delta_log/');

/** The last tenth of a file's life: rewriting it would give its rows a whole new one. */
export const isNearExpiry = (modifiedMs: number, nowMs: number, expireAfterMs: number): boolean =>
  modifiedMs + expireAfterMs - nowMs < expireAfterMs / 10;
