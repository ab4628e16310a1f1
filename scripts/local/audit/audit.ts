import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { deadLetterTable } from '#contract/settings.ts';
import type { ReadSource } from '../sources/source-position.ts';
import { AuditDatabase, type Finding, type JudgedSource, type Quantiles, type SourceCount } from './audit-database.ts';
import { type Restore, readTableLog, type TableLog } from './read-log.ts';
import { readRedriven } from './read-redriven.ts';

export interface AuditedSource extends JudgedSource {
  dropsTombstones: boolean;
  read: ReadSource;
}

export interface TableAudit {
  /** Folder of the table. */
  path: string;
  version: number;
  files: number;
  rows: number;
  /** Versions by which an operator took rows away; absent when there are none. */
  restores?: Restore[];
}

export interface Audit {
  balanced: boolean;
  sources: Record<string, SourceCount>;
  tables: Record<string, TableAudit>;
  /** Tables that could not be read, with the reason: their rows count as missing. */
  unreadable: string[];
  /** Arrival to visible, of records that arrived since the audit's `sinceMs`; absent when none did. */
  freshnessMs?: Quantiles;
  findings: Finding[];
  /** Positions that spoil the balance beyond the findings; absent when there are none. */
  moreFindings?: number;
}

/**
 * Reads every source afresh and every table back, and compares: each position of a source must be in a table of its own once or in
 * the dead letters once, but for what a policy drops; dead letters that were redriven are rows besides. Tables are those under
 * `tablesFolder` that have a log.
 */
export async function audit(
  sources: readonly AuditedSource[],
  { tablesFolder, spillFolder, sinceMs }: { tablesFolder: string; spillFolder: string; sinceMs: number },
): Promise<Audit> {
  const database = await AuditDatabase.open(spillFolder);
  try {
    for (const source of sources) {
      const { name, dropsTombstones, read } = source;
      await database.addSource(source);
      await read((records) => database.addRecords(name, records, dropsTombstones));
    }
    const tables: Record<string, TableAudit> = {};
    const unreadable: string[] = [];
    for (const name of await foldersIn(tablesFolder)) {
      const path = join(tablesFolder, name);
      try {
        const log = await readTableLog(path);
        if (log === undefined) continue;
        const rows = await database.addFiles(name, log);
        await database.addRedriven(await readRedriven(log.redriven, name, join(tablesFolder, deadLetterTable)));
        tables[name] = { path, version: log.version, files: log.files.length, rows, ...restoresOf(log) };
      } catch (error) {
        unreadable.push(`table ${name}: ${(error as Error).message}`);
      }
    }
    await database.judge(deadLetterTable);
    const counts: Record<string, SourceCount> = {};
    for (const { name } of sources) counts[name] = await database.countsOf(name);
    const freshnessMs = await database.freshness(sinceMs);
    return {
      balanced:
        unreadable.length === 0 &&
        Object.values(counts).every((count) => count.missing + count.duplicated + count.strayed === 0),
      sources: counts,
      tables,
      unreadable,
      ...(freshnessMs === undefined ? {} : { freshnessMs }),
      ...(await database.findings()),
    };
  } finally {
    database.close();
  }
}

const restoresOf = ({ restores }: TableLog): Pick<TableAudit, 'restores'> =>
  restores.length === 0 ? {} : { restores };

async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
