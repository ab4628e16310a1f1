import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Tables that others wrote, with the rows that independent readers see, in a folder beside the repository. */
const folder = join(import.meta.dirname, '..', '..', '..', 'shared', 'delta-tables');

/** One version and what must be read of it: rows, or the name of an error. */
export interface ExpectedVersion {
  /** Absent where every read of the table must fail. */
  version?: number;
  rows?: number;
  /** Of the sorted canonical lines, each ended by a line feed. */
  sha256?: string;
  /** Path of the sorted canonical lines; absent for a very large table. */
  expected?: string;
  /** Path of the live files, one object a line. */
  files?: string;
  error?: string;
}

export interface DeltaTable {
  table: string;
  folder: string;
  versions: ExpectedVersion[];
}

/** Absent where the folder is: a machine that has the repository alone. */
export const deltaTablesFolder: string | undefined = existsSync(join(folder, 'index.json')) ? folder : undefined;

export function deltaTables(): DeltaTable[] {
  if (deltaTablesFolder === undefined) return [];
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as {
    tables: { table: string; path: string; versions?: ExpectedVersion[]; error?: string }[];
  };
  return index.tables.map(({ table, path, versions, error }) => ({
    table,
    folder: join(folder, path),
    versions: versions ?? [{ error: error! }],
  }));
}

/** Lines of a file that `index.json` names. */
export const linesOf = (path: string): string[] =>
  readFileSync(join(folder, path), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
