import type { DeadLetterSettings } from './dead-letter-settings.ts';

/** The table of dead letters, one for each environment; its settings may be given like any table's, its schema may not. */
export const deadLetterTable = 'dead_letters';

export interface SourcesOfLetters {
  sources: Readonly<Record<string, { table?: string | undefined; deadLetters: DeadLetterSettings }>>;
}

/** Every table of dead letters of an environment. */
export const deadLetterTablesOf = ({ sources }: SourcesOfLetters): string[] => [
  ...new Set([deadLetterTable, ...Object.values(sources).map(({ deadLetters }) => deadLetters.table)]),
];
