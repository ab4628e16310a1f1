import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RedrivenRange } from './read-redriven.ts';

/** A data file that a table's newest version holds. */
export interface LiveFile {
  /** Absolute path on this machine. */
  path: string;
  /** When the commit that added it appeared, in epoch milliseconds. */
  visibleMs: number;
  /** By partition column, as the log has them. */
  partitionValues: Record<string, string | null>;
}

/** One version, as whoever wrote it tells of it. */
export interface TableVersion {
  version: number;
  visibleMs: number;
  operation: string;
  writer: string;
  added: number;
  removed: number;
}

export interface TableColumn {
  name: string;
  /** A Delta type: a name, or the object of a nested one. */
  type: unknown;
}

export interface TableLog {
  version: number;
  files: LiveFile[];
  /** Oldest first. */
  versions: TableVersion[];
  columns: TableColumn[];
  partitionColumns: string[];
  /** Versions by which an operator took files away, oldest first. */
  restores: Restore[];
  redriven: RedrivenRange[];
}

export interface Restore {
  version: number;
  /** The version that was gone back to, or the instant. */
  to: string;
}

interface Commit {
  operation?: string;
  engineInfo?: string;
  operationParameters?: { version?: number | string | null; timestamp?: string | null };
  alluvium?: { ranges?: { sourcePartition: string; redriven?: string }[] };
}

interface FileAction {
  path: string;
  partitionValues?: Record<string, string | null>;
  deletionVector?: unknown;
}

interface MetaData {
  schemaString: string;
  partitionColumns: string[];
}

const commitName = /^(\d{20})\.json$/;

/**
 * What a Delta table on this machine's disk holds in its newest version, or in an earlier one, from the JSON commits of its log
 * alone and with nothing of the pipeline's own code: an auditor's reading. Nothing where there is no table.
 *
 * @throws when versions have a gap, a line is no JSON, or a file has a deletion vector.
 */
export async function readTableLog(tableFolder: string, until = Infinity): Promise<TableLog | undefined> {
  const logFolder = join(tableFolder, '_delta_log');
  const names = (await namesIn(logFolder)).filter((name) => commitName.test(name)).sort();
  if (names.length === 0) return undefined;
  const live = new Map<string, LiveFile>();
  const versions: TableVersion[] = [];
  const restores: Restore[] = [];
  const redriven: RedrivenRange[] = [];
  let table: MetaData = { schemaString: '{"fields":[]}', partitionColumns: [] };
  for (const [version, name] of names.slice(0, until + 1).entries()) {
    if (Number.parseInt(name, 10) !== version) {
      throw new Error(`${logFolder}: expected version ${version}, found ${name}: versions have a gap`);
    }
    const file = join(logFolder, name);
    const visibleMs = (await stat(file)).mtimeMs;
    let commit: Commit = {};
    let added = 0;
    let removed = 0;
    for (const line of (await readFile(file, 'utf8')).split('\n')) {
      if (line === '') continue;
      const { add, remove, commitInfo, metaData } = actionIn(line, file);
      commit = commitInfo ?? commit;
      table = metaData ?? table;
      if (remove !== undefined) {
        live.delete(remove.path);
        removed++;
      }
      if (add === undefined) continue;
      added++;
      if (add.deletionVector !== undefined)
        throw new Error(`${file}: expected no deletion vector, ${add.path} has one`);
      const path = join(tableFolder, decodeURIComponent(add.path));
      live.set(add.path, { path, visibleMs, partitionValues: add.partitionValues ?? {} });
    }
    for (const { sourcePartition, redriven: entry } of commit.alluvium?.ranges ?? []) {
      if (entry !== undefined) redriven.push({ sourcePartition, entry });
    }
    const { operation = 'unknown', engineInfo: writer = 'unknown' } = commit;
    versions.push({ version, visibleMs, operation, writer, added, removed });
    if (operation === 'RESTORE' && removed > 0) restores.push({ version, to: targetOf(commit) });
  }
  const { fields: columns } = JSON.parse(table.schemaString) as { fields: TableColumn[] };
  const { partitionColumns } = table;
  const { length } = versions;
  return { version: length - 1, files: [...live.values()], versions, columns, partitionColumns, restores, redriven };
}

function targetOf({ operationParameters: { version, timestamp } = {} }: Commit): string {
  return version == null ? `the version of ${timestamp}` : `version ${version}`;
}

function actionIn(
  line: string,
  file: string,
): { add?: FileAction; remove?: FileAction; commitInfo?: Commit; metaData?: MetaData } {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new Error(`${file}: expected an action as JSON in each line, got ${line.slice(0, 80)}`, { cause });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
