import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTableLog } from '../audit/read-log.ts';
import type { Answer } from '../control/answer.ts';
import type { MappingReport } from '../local-aws.ts';
import { type Report, reportFile } from '../report/report.ts';
import { latestRows } from './latest-rows.ts';
import { tablePage } from './table-page.ts';
import { tablesPage } from './tables-page.ts';

export interface SiteParts {
  /** Where the folders of tables lie. */
  tablesFolder: string;
  /** Where the report of the last audit lies. */
  dataFolder: string;
  mappings: () => readonly MappingReport[];
  links: Record<string, string>;
}

/** Answers `GET` of a path with its query; nothing where there is no such page. */
export type Site = (url: string) => Promise<Answer | undefined>;

/** Pages about the tables on this machine, from their logs and files alone. */
export function tablesSite({ tablesFolder, dataFolder, mappings, links }: SiteParts): Site {
  return async (url) => {
    const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
    if (pathname === '/') {
      const names = await foldersIn(tablesFolder);
      const tables = await Promise.all(
        names.map(async (name) => ({ name, log: await logOf(join(tablesFolder, name)) })),
      );
      const known = tables.flatMap(({ name, log }) => (log === undefined ? [] : [{ name, log }]));
      return page(tablesPage({ tables: known, mappings: mappings(), report: await lastReport(dataFolder), links }));
    }
    const name = /^\/tables\/([^/]+)$/.exec(pathname)?.[1];
    if (name === undefined) return undefined;
    return showTable(tablesFolder, decodeURIComponent(name), searchParams.get('version'));
  };
}

async function showTable(tablesFolder: string, name: string, version: string | null): Promise<Answer> {
  if (version !== null && !/^\d{1,15}$/.test(version)) {
    return text(400, `expected ?version= to be a whole number, got ${version}\n`);
  }
  const names = await foldersIn(tablesFolder);
  if (!names.includes(name))
    return text(404, `expected a table out of ${names.join(', ') || 'none yet'}; got ${name}\n`);
  const path = join(tablesFolder, name);
  const log = await readTableLog(path, version === null ? undefined : Number(version));
  if (log === undefined) return text(404, `table ${name}: expected a log, found none\n`);
  return page(tablePage(name, path, log, await latestRows(log)));
}

const page = (body: string): Answer => ({
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body,
});

const text = (status: number, body: string): Answer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body,
});

const logOf = (folder: string) => readTableLog(folder).catch((error: Error) => error);

async function lastReport(dataFolder: string): Promise<Report | undefined> {
  const found = await orMissing(readFile(join(dataFolder, reportFile), 'utf8'));
  return found === undefined ? undefined : (JSON.parse(found) as Report);
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = (await orMissing(readdir(folder, { withFileTypes: true }))) ?? [];
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

async function orMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
