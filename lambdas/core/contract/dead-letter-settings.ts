import { z } from 'zod';
import { deadLetterTable, deadLetterTablesOf, letterColumns } from './dead-letter-table.ts';
import { name } from './name-settings.ts';
import { ExpressionError, parseDeadLetterExpression } from './transform-expression.ts';
import type { SourceKind } from './transform-metadata.ts';

/** Types of columns that a dead letter's expressions may fill. */
const letterColumnTypes = ['string', 'long', 'double', 'boolean', 'date', 'timestamp'] as const;
type LetterColumnType = (typeof letterColumnTypes)[number];

const letterTransform = z
  .union([
    z.string().transform((expression) => ({ expression, type: 'string' as LetterColumnType })),
    z.strictObject({
      expression: z.string().describe('The expression.'),
      type: z.enum(letterColumnTypes).default('string').describe('The type of the column.'),
    }),
  ])
  .describe('An expression, whose column is of strings, or an expression with a type.');

/** What becomes of a source's dead letters. */
export const deadLetterSettings = z
  .strictObject({
    table: name
      .default(deadLetterTable)
      .describe('The table of this source’s dead letters; others than `dead_letters` are named under `tables`.'),
    transforms: z
      .record(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected a column of letters, digits and _'),
        letterTransform,
      )
      .default({})
      .describe(
        'Further columns of the dead-letter table that expressions fill, from the payload where it decodes, metadata, and `error.class`, `error.message`, `error.path`, `error.table` and `error.route`. What an expression cannot tell of a record is null.',
      ),
  })
  .prefault({});

export type DeadLetterSettings = z.output<typeof deadLetterSettings>;

/** What is wrong with the columns that dead letters' expressions fill: column and fault. */
export function deadLetterFaults(
  { transforms }: DeadLetterSettings,
  kind: SourceKind,
): [column: string, message: string][] {
  const reserved: ReadonlySet<string> = new Set(letterColumns);
  const columns = Object.keys(transforms).map((column) => column.toLowerCase());
  return Object.entries(transforms).flatMap(([column, { expression }], index): [string, string][] => {
    if (reserved.has(column.toLowerCase())) {
      return [[column, `expected another column than those of every dead letter; got ${JSON.stringify(column)}`]];
    }
    if (columns.indexOf(column.toLowerCase()) < index) {
      return [[column, `expected each column once; got ${JSON.stringify(column)} again`]];
    }
    try {
      parseDeadLetterExpression(expression, kind);
      return [];
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      return [[column, `${error.message}; got ${JSON.stringify(expression)}`]];
    }
  });
}

/** Bytes and lists: a letter that these could not file would hold back its batch. */
const columnsWithoutText: ReadonlySet<string> = new Set(['key', 'payload', 'headers']);

/** What is wrong with tables of dead letters: a path from the settings' root, and the fault. */
export function deadLetterTableFaults(settings: {
  sources: Readonly<Record<string, { table?: string | undefined; deadLetters: DeadLetterSettings }>>;
  tables: Readonly<Record<string, { schema: unknown; partitionBy: readonly string[] }>>;
}): [path: string[], message: string][] {
  const faults: [string[], string][] = Object.hasOwn(settings.sources, 'redrive')
    ? [[['sources', 'redrive'], 'expected another name: redrives of dead letters have this one; got "redrive"']]
    : [];
  const columns = new Map<string, { source: string; type: LetterColumnType }>();
  for (const [source, { deadLetters }] of Object.entries(settings.sources)) {
    const { table, transforms } = deadLetters;
    if (table !== deadLetterTable && !Object.hasOwn(settings.tables, table)) {
      faults.push([['sources', source, 'deadLetters', 'table'], `expected a table named under tables; got "${table}"`]);
    }
    for (const [column, { type }] of Object.entries(transforms)) {
      const key = `${table}.${column.toLowerCase()}`;
      const other = columns.get(key);
      if (other !== undefined && other.type !== type) {
        const message = `expected the type that sources.${other.source} gives this column of ${table}, ${other.type}; got ${type}`;
        faults.push([['sources', source, 'deadLetters', 'transforms', column], message]);
      } else columns.set(key, { source, type });
    }
  }
  const letterTables = deadLetterTablesOf(settings);
  for (const [source, { table }] of Object.entries(settings.sources)) {
    if (table === undefined || table === deadLetterTable || !letterTables.includes(table)) continue;
    faults.push([['sources', source, 'table'], `expected a table other than those of dead letters; got "${table}"`]);
  }
  for (const table of letterTables) {
    const { schema, partitionBy = [] } = settings.tables[table] ?? {};
    for (const [index, column] of partitionBy.entries()) {
      if (!columnsWithoutText.has(column.toLowerCase())) continue;
      faults.push([
        ['tables', table, 'partitionBy', String(index)],
        `expected a column whose values are text, as folders' names are: dead letters have any bytes there; got "${column}"`,
      ]);
    }
    if (schema === undefined || schema === 'infer') continue;
    faults.push([
      ['tables', table, 'schema'],
      'expected it absent, the schema of dead letters being fixed; got a list',
    ]);
  }
  return faults;
}
