import { deadLetterTable } from './dead-letter-table.ts';
import { tablePrefix } from './environment.ts';
import { isTablePattern, mayMeet, settingsOfTable } from './table-names.ts';

/**
 * How data files expire and a log never does: S3's lifecycle rules choose objects by prefix and tag and cannot leave out a
 * folder, so objects outside `_delta_log/` carry a tag, if their table's settings ask for expiry, and its rule asks for both.
 */
export const dataFileTag = { key: 'alluvium', value: 'data-file' } as const;

/** Folders of a table that last: its log, and beside dead letters what tells which of them were redriven. */
const lastingFolders = ['_delta_log/', '_redrive/'] as const;

/** Whether an object of a table, by its path in it, is to carry the tag. */
export const mayExpire = (path: string): boolean => !lastingFolders.some((folder) => path.startsWith(folder));

/** The last tenth of a file's life: rewriting it would give its rows a whole new one. */
export const isNearExpiry = (modifiedMs: number, nowMs: number, expireAfterMs: number): boolean =>
  modifiedMs + expireAfterMs - nowMs < expireAfterMs / 10;

/**
 * What keys of data files begin with, of the tables under a name or pattern: S3's rules know no pattern, so that what follows
 * its `*` is left out.
 */
export const expiringPrefix = (tableKey: string): string =>
  isTablePattern(tableKey) ? tablePrefix(startOf(tableKey)) : `${tablePrefix(tableKey)}/`;

const startOf = (tableKey: string): string => tableKey.slice(0, tableKey.indexOf('*'));

/** Tables that the rule of a pattern is about as well, which lets their files go too early: [table, that pattern]. */
export const hastyExpiries = (
  tables: Readonly<Record<string, { expireAfterMs?: number | undefined }>>,
): [string, string][] =>
  Object.entries(tables).flatMap(([key, { expireAfterMs }]) => {
    if (expireAfterMs === undefined) return [];
    const hasty = Object.entries(tables).find(
      ([other, { expireAfterMs: earlier = Number.POSITIVE_INFINITY }]) =>
        isTablePattern(other) && earlier < expireAfterMs && mayMeet(key, `${startOf(other)}*`),
    );
    return hasty === undefined ? [] : [[key, hasty[0]]];
  });

/**
 * After how long files of a table may be gone, by a rule of S3: the table's own, else that of a pattern for names like this,
 * which goes on for the files that were put while the table had its settings of the pattern. Nothing: none goes.
 */
export function expectedExpiryMs(
  tables: Readonly<Record<string, { expireAfterMs?: number | undefined }>>,
  tableName: string,
): number | undefined {
  const own = settingsOfTable(tables, tableName)?.expireAfterMs;
  /** Dead letters never have a pattern's settings. */
  if (own !== undefined || tableName === deadLetterTable) return own;
  const ofPatterns = Object.entries(tables).flatMap(([key, { expireAfterMs }]) =>
    expireAfterMs !== undefined && isTablePattern(key) && tableName.startsWith(startOf(key)) ? [expireAfterMs] : [],
  );
  return ofPatterns.length === 0 ? undefined : Math.min(...ofPatterns);
}
