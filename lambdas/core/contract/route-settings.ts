import { z } from 'zod';
import { placeholdersOf } from './route-template.ts';
import { ExpressionError, parseExpression } from './transform-expression.ts';
import type { SourceKind } from './transform-metadata.ts';

/** A placeholder of a route: `{type}` in its table, `type` where it is told what it stands for. */
const placeholder = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected a name of letters, digits and _ that does not begin with a digit');

const pattern = z.string().refine(
  (text) => {
    try {
      new RegExp(text, 'u');
      return true;
    } catch {
      return false;
    }
  },
  { message: 'expected a regular expression as JavaScript writes it' },
);

const patterns = z.record(placeholder, pattern).default({});

/** The rule that names a record's table. */
export const routeSettings = z
  .strictObject({
    table: z.string().min(1).describe("The name of each record's table, with placeholders in braces: `events_{type}`."),
    by: z
      .record(placeholder, z.string())
      .default({})
      .describe(
        'What each placeholder stands for: an expression as transforms have, such as `type`, `kafka.topic`, `kafka.headers.type` or `schema.name`.',
      ),
    include: patterns.describe(
      'Regular expressions by placeholder: a record is dropped, and counted, unless they are found in what all of these stand for.',
    ),
    exclude: patterns.describe(
      'Regular expressions by placeholder: a record is dropped, and counted, where one of them is found in what it stands for.',
    ),
    maxNewTables: z
      .int()
      .min(0)
      .max(1_000)
      .default(100)
      .describe(
        'How many tables, found by a pattern under `tables`, this route may make in all. Records beyond are dead letters.',
      ),
  })
  .superRefine(({ table, by, include, exclude }, context) => {
    const fault = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    if (!/^(\{[^{}]*\}|[a-z0-9_-])*$/.test(table) || /^[0-9_-]/.test(table)) {
      fault(
        ['table'],
        `expected lower-case letters, digits, _ and -, beginning with a letter, and placeholders in braces; got ${JSON.stringify(table)}`,
      );
      return;
    }
    const known = Object.keys(by);
    const inTable = placeholdersOf(table);
    for (const named of inTable) {
      if (!known.includes(named)) {
        fault(['table'], `expected each placeholder under by; got {${named}}, which is not there`);
      }
    }
    for (const [list, named] of [
      ...Object.keys(include).map((each) => ['include', each] as const),
      ...Object.keys(exclude).map((each) => ['exclude', each] as const),
    ]) {
      if (!known.includes(named)) fault([list, named], `expected a placeholder that is under by; got "${named}"`);
    }
    for (const named of known) {
      if (inTable.includes(named) || named in include || named in exclude) continue;
      fault(['by', named], 'expected it in table, include or exclude; got it in none');
    }
  });

export type RouteSettings = z.output<typeof routeSettings>;

/** What is wrong with the expressions of a route: placeholder and fault. */
export function routeFaults({ by }: RouteSettings, kind: SourceKind): [placeholder: string, message: string][] {
  return Object.entries(by).flatMap(([named, expression]): [string, string][] => {
    if (/\bingest\.table\b/.test(expression)) {
      return [
        [
          named,
          `expected an expression without ingest.table, which the route is to tell; got ${JSON.stringify(expression)}`,
        ],
      ];
    }
    try {
      parseExpression(expression, kind);
      return [];
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      return [[named, `${error.message}; got ${JSON.stringify(expression)}`]];
    }
  });
}
