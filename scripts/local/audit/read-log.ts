import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A data file that a table's newest version holds. */
export interface LiveFile {
  /** Absolute path on this machine. */
  path: string;
  /** When the commit that added it appeared, in epoch milliseconds. */
  visibleMs: number;
}

export interface TableLog {
  version: number;
  files: LiveFile[];
  /** Versions by which an operator took files away, oldest first. */
  restores: Restore[];
}

export interface Restore {
  version: number;
  /** The version that was gone back to, or the instant. */
  to: string;
}

interface Commit {
  operation?: string;
  operationParameters?: { version?: number | string | null; timestamp?: string | null };
}

interface FileAction {
  path: string;
  deletionVector?: unknown;
}

const commitName = /^(\d{20})\.json$/;

/**
 * What a Delta table on this machine's disk holds, from the JSON commits of its log alone and with nothing of the pipeline's
 * own code: an auditor's reading. Nothing where there is no table.
 *
 * @throws when versions have a gap, a line is no JSON, or a file has a deletion vector.
 */
export async function readTableLog(tableFolder: string): Promise<TableLog | undefined> {
  const logFolder = join(tableFolder, '_delta_log');
  const names = (await namesIn(logFolder)).filter((name) => commitName.test(name)).sort();
  if (names.length === 0) return undefined;
  const live = new Map<string, LiveFile>();
  const restores: Restore[] = [];
  for (const [version, name] of names.entries()) {
    if (Number.parseInt(name, 10) !== version) {
      throw new Error(`${logFolder}: expected version ${version}, found ${name}: versions have a gap`);
    }
    const file = join(logFolder, name);
    const visibleMs = (await stat(file)).mtimeMs;
    let commit: Commit = {};
    let removes = false;
    for (const line of (await readFile(file, 'utf8')).split('\n')) {
      if (line === '') continue;
      const { add, remove, commitInfo } = actionIn(line, file);
      commit = commitInfo ?? commit;
      if (remove !== undefined) {
        live.delete(remove.path);
        removes = true;
      }
      if (add === undefined) continue;
      if (add.deletionVector !== undefined)
        throw new Error(`${file}: expected no deletion vector, ${add.path} has one`);
      live.set(add.path, { path: join(tableFolder, decodeURIComponent(add.path)), visibleMs });
    }
    if (commit.operation === 'RESTORE' && removes) restores.push({ version, to: targetOf(commit) });
  }
  return { version: names.length - 1, files: [...live.values()], restores };
}

function targetOf({ operationParameters: { version, timestamp } = {} }: Commit): string {
  return version == null ? `the version of ${timestamp}` : `version ${version}`;
}

function actionIn(line: string, file: string): { add?: FileAction; remove?: FileAction; commitInfo?: Commit } {
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
