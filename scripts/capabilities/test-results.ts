import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { Capability } from './rows.ts';

/** What vitest's JSON reporter tells of one test. */
export interface TestResult {
  /** Path of the test's file, from the root of the repository. */
  file: string;
  title: string;
  status: string;
  pushed: number;
  read: number;
}

export interface CapabilityRow {
  id: string;
  state: 'works' | 'open';
  /** The files of its tests; absent where none ran. */
  test: string[];
  doc: string;
  /** Why it is open. */
  reason?: string;
}

/** Where the tests lie that are about capabilities alone. */
export const capabilityTests = 'test/capabilities/';

interface ReportedFile {
  name: string;
  assertionResults: {
    title: string;
    status: string;
    meta?: { capability?: { pushed: number; read: number } };
  }[];
}

/** @throws where a file is no report of vitest's JSON reporter. */
export async function readTestResults(file: string, root: string): Promise<TestResult[]> {
  const { testResults } = JSON.parse(await readFile(file, 'utf8')) as { testResults?: ReportedFile[] };
  if (testResults === undefined) throw new Error(`${file}: expected a report of vitest's JSON reporter`);
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ title, status, meta }) => ({
      file: relative(root, name),
      title,
      status,
      pushed: meta?.capability?.pushed ?? 0,
      read: meta?.capability?.read ?? 0,
    })),
  );
}

/** A capability works when its tests ran and passed, pushed records through a source, and read rows from a table. */
export function rowsOf(capabilities: readonly Capability[], results: readonly TestResult[]): CapabilityRow[] {
  return capabilities.map(({ id, doc }) => {
    const own = results.filter(({ title }) => title.startsWith(`${id} `));
    const test = toName(own.map(({ file }) => file));
    const reason = reasonToDoubt(own);
    return reason === undefined ? { id, state: 'works', test, doc } : { id, state: 'open', test, doc, reason };
  });
}

/** Files to look into: those that every run of capabilities has, where there are any. */
function toName(files: readonly string[]): string[] {
  const sorted = [...new Set(files)].sort();
  const own = sorted.filter((file) => file.startsWith(capabilityTests));
  return own.length === 0 ? sorted : own;
}

function reasonToDoubt(own: readonly TestResult[]): string | undefined {
  if (own.length === 0) return 'no test ran';
  const failed = own.find(({ status }) => status !== 'passed');
  if (failed !== undefined) return `"${failed.title}" ${failed.status}`;
  if (!own.some(({ pushed }) => pushed > 0)) return 'no test pushed records through a source';
  if (!own.some(({ read }) => read > 0)) return 'no test read rows from a table';
  return undefined;
}
