import { deadLetterTable } from '#contract/dead-letter-table.ts';
import type { RouteSettings } from '#contract/route-settings.ts';
import { templateParts } from '#contract/route-template.ts';
import { isName } from '#contract/table-names.ts';

/** Where a route sends a record: to a table, away (dropped by its rules), or to the dead letters. */
export type Routed =
  | { kind: 'table'; tableName: string }
  | { kind: 'dropped' }
  | { kind: 'failure'; error: RouteError; message: string; path: string };

export type RouteError = 'RouteFailed' | 'UnsafeTableName' | 'UnknownTable' | 'TableOfOther';

/**
 * Why a route may not lead to a table: the settings have neither it nor a pattern for it, or another source fills it; nothing
 * where it may.
 */
export type TableRefusal = { error: 'UnknownTable' | 'TableOfOther'; message: string } | undefined;

/** What the placeholders of a route stand for, for one record. */
export type RouteTexts = Readonly<Record<string, string>>;

/** Marks that part words in the names of types and topics. */
const separators = /[./:$ ]/g;

/** A text as a part of a table's name: in lower case, `_` for what parts words. What else is not safe stays, and fails. */
const safePart = (text: string): string =>
  text.replace(separators, '_').replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Routes by the texts of their placeholders; remembers what they came to, since they are few. */
export class TableNamer {
  readonly #include: readonly [string, RegExp][];
  readonly #exclude: readonly [string, RegExp][];
  readonly #parts: readonly string[];
  readonly #refusalOf: (tableName: string) => TableRefusal;

  constructor(
    { table, include, exclude }: Pick<RouteSettings, 'table' | 'include' | 'exclude'>,
    refusalOf: (tableName: string) => TableRefusal,
  ) {
    const compiled = (patterns: Readonly<Record<string, string>>): [string, RegExp][] =>
      Object.entries(patterns).map(([placeholder, pattern]) => [placeholder, new RegExp(pattern, 'u')]);
    this.#include = compiled(include);
    this.#exclude = compiled(exclude);
    this.#parts = templateParts(table);
    this.#refusalOf = refusalOf;
  }

  routeOf(texts: RouteTexts): Routed {
    const isFound = ([placeholder, pattern]: readonly [string, RegExp]) => pattern.test(texts[placeholder] as string);
    if (!this.#include.every(isFound) || this.#exclude.some(isFound)) return { kind: 'dropped' };
    const tableName = this.#parts
      .map((part, index) => (index % 2 === 0 ? part : safePart(texts[part] as string)))
      .join('');
    if (!isName(tableName) || tableName === deadLetterTable) {
      const expected = `a table's name of at most 63 lower-case letters, digits, _ and -, beginning with a letter, other than ${deadLetterTable}`;
      return failure('UnsafeTableName', `expected the route to give ${expected}, got ${shown(tableName)}`);
    }
    const refusal = this.#refusalOf(tableName);
    return refusal === undefined ? { kind: 'table', tableName } : failure(refusal.error, refusal.message);
  }
}

const mostShown = 100;
const shown = (tableName: string): string =>
  tableName.length <= mostShown
    ? JSON.stringify(tableName)
    : `${JSON.stringify(tableName.slice(0, mostShown))}… of ${tableName.length}`;

export const failure = (error: RouteError, message: string, path = ''): Extract<Routed, { kind: 'failure' }> => ({
  kind: 'failure',
  error,
  message,
  path,
});
