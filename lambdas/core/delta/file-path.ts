import type { PartitionValues } from './actions.ts';
import { CorruptLog } from './errors.ts';

/**
 * A data file's name has three layers: raw partition values; directories `name=value` with Hive's escaping; and the URI in
 * `add.path`, which encodes the directories once more. An object's path is the URI decoded exactly once.
 */
const hiveNull = '__HIVE_DEFAULT_PARTITION__';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are among those that Hive escapes
const hiveEscaped = /[\x00-\x1f\x7f"#%'*/:=?\\{[\]^]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are among those that URIs escape
const uriEscaped = /[\x00-\x20\x7f"#%<>?[\\\]^`{|}]/g;

const percent = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

const escapeHive = (text: string): string => text.replace(hiveEscaped, percent);

/** `a=1/b=x%2Fy/`, ended by a slash; empty without partition columns. A missing, null or empty value is Hive's null. */
export function partitionDirectory(columns: readonly string[], values: PartitionValues): string {
  return columns
    .map((column) => {
      const value = values[column];
      return `${escapeHive(column)}=${value === null || value === undefined || value === '' ? hiveNull : escapeHive(value)}/`;
    })
    .join('');
}

/** From an object's path, relative to the table, to `add.path`. */
export const encodePath = (path: string): string => path.replace(uriEscaped, percent);

/**
 * From `add.path` to an object's path, relative to the table or absolute; decoded once, `+` is no space. Different
 * spellings of one absolute local path come out equal.
 *
 * @throws {CorruptLog} when the path is no URI.
 */
export function decodePath(path: string): string {
  if (!path.includes('%') && !path.startsWith('file:')) return path;
  const local = /^file:\/{0,2}(\/.*)$/.exec(path)?.[1] ?? path;
  try {
    return decodeURIComponent(local);
  } catch (cause) {
    throw new CorruptLog(`expected a percent-encoded URI as a file's path, got ${path}`, { cause });
  }
}
