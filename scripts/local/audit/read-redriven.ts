import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Rows that a version's commit tells were dead letters before: whose, and the journal entry that says which. */
export interface RedrivenRange {
  /** `redrive/<source>/<partition>`. */
  sourcePartition: string;
  entry: string;
}

/** Dead letters whose rows a table has: by position and time of their records, or by the ids of rows that were diverted. */
export interface RedrivenLetters {
  source: string;
  partition: string;
  ids: readonly string[];
}

/** What journal entries, which lie beside the dead letters, say of a table. */
export const readRedriven = (
  ranges: readonly RedrivenRange[],
  tableName: string,
  deadLetterFolder: string,
): Promise<RedrivenLetters[]> =>
  Promise.all(
    ranges.map(async ({ sourcePartition, entry }) => {
      const [, source = '', ...partition] = sourcePartition.split('/');
      const { letters } = JSON.parse(await readFile(join(deadLetterFolder, entry), 'utf8')) as {
        letters: Record<string, string[]>;
      };
      return { source, partition: partition.join('/'), ids: letters[tableName] ?? [] };
    }),
  );
