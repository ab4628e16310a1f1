/** The table of dead letters, one for each environment; its settings may be given like any table's, its schema may not. */
export const deadLetterTable = 'dead_letters';

export interface SourcesOfLetters {
  sources: Readonly<Record<string, { table?: string | undefined; deadLetters: { table: string } }>>;
}

/** Every table of dead letters of an environment. */
export const deadLetterTablesOf = ({ sources }: SourcesOfLetters): string[] => [
  ...new Set([deadLetterTable, ...Object.values(sources).map(({ deadLetters }) => deadLetters.table)]),
];

/** Columns that every table of dead letters has. */
export const letterColumns = [
  '_source',
  '_partition',
  '_position',
  'timestamp',
  'key',
  'headers',
  'payload',
  'table',
  'error',
  'message',
  'path',
  'route',
  'schema_id',
  'schema_name',
  'stream',
  'timestamp_type',
  'row_id',
] as const;
