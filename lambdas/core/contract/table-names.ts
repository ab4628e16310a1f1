/** Names of sources and tables: they become appIds, item keys and S3 folders, so `/`, `#` and case play are kept out. */
export const namePattern = /^[a-z][a-z0-9_-]{0,62}$/;

export const isName = (text: string): boolean => namePattern.test(text);

export const isTablePattern = (key: string): boolean => key.includes('*');

const matches = (key: string, tableName: string): boolean => {
  const [start = '', end] = key.split('*');
  if (end === undefined) return key === tableName;
  return tableName.length >= start.length + end.length && tableName.startsWith(start) && tableName.endsWith(end);
};

/** Of keys that match one table, the one whose settings it has comes first. */
const byCloseness = (left: string, right: string): number =>
  Number(isTablePattern(left)) - Number(isTablePattern(right)) ||
  right.length - left.length ||
  right.indexOf('*') - left.indexOf('*');

/**
 * The key of `tables` that a table's settings are under: its name, else the longest pattern that matches, of two as long the
 * one with more before its `*`.
 */
export function tableKeyOf(tables: Readonly<Record<string, unknown>>, tableName: string): string | undefined {
  if (Object.hasOwn(tables, tableName)) return tableName;
  const found = Object.keys(tables).filter((key) => isTablePattern(key) && matches(key, tableName));
  return found.sort(byCloseness)[0];
}

/** The settings of a table; nothing where `tables` has neither its name nor a pattern for it. */
export function settingsOfTable<Table>(tables: Readonly<Record<string, Table>>, tableName: string): Table | undefined {
  const key = tableKeyOf(tables, tableName);
  return key === undefined ? undefined : tables[key];
}

/** Names under `tables` that stand for one table each. */
export const namedTables = (tables: Readonly<Record<string, unknown>>): string[] =>
  Object.keys(tables).filter((key) => !isTablePattern(key));

/** Whether a table may have the settings of `key` though it is one of a pattern's names as well. */
export const mayTakeFrom = (key: string, pattern: string): boolean =>
  key !== pattern && mayMeet(key, pattern) && byCloseness(key, pattern) < 0;

/** Whether there is a text that both match: in each, `*` stands for any characters. */
export function mayMeet(left: string, right: string): boolean {
  if (left === '' || right === '') return /^\**$/.test(left + right);
  if (left[0] === '*') return mayMeet(left.slice(1), right) || mayMeet(left, right.slice(1));
  if (right[0] === '*') return mayMeet(left, right.slice(1)) || mayMeet(left.slice(1), right);
  return left[0] === right[0] && mayMeet(left.slice(1), right.slice(1));
}
