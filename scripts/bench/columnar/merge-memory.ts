import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { streamingVariables } from '../../../lib/constructs/heap-options.ts';
import { bundledCase } from '../bundled-case.ts';
import { type ChildOptions, runChildCase } from '../child-case.ts';
import { type Aim, atMost, type BenchCase } from '../suite.ts';
import { zstd } from './cases/alluvium.ts';
import { writeMergeFiles } from './merge-files.ts';
import { linesText, readRecords } from './records.ts';

/** One file of so many rows, so many times over. `own`: as the ingest function writes it, with page indexes; else DuckDB's. */
interface LargeMerge {
  rowsPerFile: number;
  times: number;
  /** One after another in one process: what the first held must not stay. */
  merges?: number;
  own?: true;
}

const large: readonly LargeMerge[] = [
  { rowsPerFile: 350_000, times: 64, merges: 2 },
  { rowsPerFile: 350_000, times: 256 },
  { rowsPerFile: 350_000, times: 1_000 },
  { rowsPerFile: 10_000, times: 2_000 },
  { rowsPerFile: 62_000, times: 2_000 },
  { rowsPerFile: 72_000, times: 2_000, own: true },
];
const short: readonly LargeMerge[] = [{ rowsPerFile: 62_000, times: 100, merges: 2 }];
const greatestMiB = 64;
/** As the functions have it where settings say nothing. */
const memoryMiB = 1_769;

interface MemoryFigures {
  cpuS: number;
  sizeBytes: number;
  rowGroups: number;
  beforeMiB: number;
  peakMiB: number;
}

/** Merges of gigabytes by HTTP, each in a process with the variables of the functions that copy files: the memory that they add. */
export async function mergeMemory(
  home: string,
  isShort: boolean,
  machine: ChildOptions,
): Promise<{ cases: BenchCase[]; aims: Aim[] }> {
  const ofMany = bundledCase(join(import.meta.dirname, 'merge-large.ts'));
  const cases: BenchCase[] = [];
  const aims: Aim[] = [];
  for (const { rowsPerFile, times, merges = 1, own } of isShort ? short : large) {
    const folder = join(home, `merge-${rowsPerFile}`);
    const file = own ? await writeOwnFile(home, rowsPerFile) : await writeOne(folder, rowsPerFile);
    const sizeBytes = (await readFile(file)).length;
    const server = await startServer(file);
    try {
      const args = [server.endpoint, String(sizeBytes), String(times), String(merges)];
      const env = streamingVariables(memoryMiB);
      const figures = await runChildCase<MemoryFigures>(ofMany, args, { ...machine, env });
      const { cpuS, rowGroups, beforeMiB, peakMiB } = figures;
      const name = `merge of ${times} files of ${Math.round(sizeBytes / 1_000)} kB${own ? ' of our own' : ''}, by S3`;
      const addedMiB = peakMiB - beforeMiB;
      cases.push({
        name,
        values: { cpuS, rowGroups, GB: figures.sizeBytes / 1e9, peakMiB, addedMiB },
      });
      aims.push(atMost(`${name}: MiB that it adds to the process`, addedMiB, greatestMiB));
    } finally {
      server.stop();
    }
  }
  return { cases, aims };
}

async function writeOne(folder: string, rows: number): Promise<string> {
  await writeMergeFiles(folder, 1, rows);
  return join(folder, 'part-0000.parquet');
}

async function writeOwnFile(home: string, rows: number): Promise<string> {
  const lines = join(home, `own-${rows}.ndjson`);
  await writeFile(lines, linesText('wide', rows));
  const once = await zstd(readRecords('wide', lines));
  const file = join(home, `own-${rows}.parquet`);
  await writeFile(file, (await once()) as Uint8Array);
  return file;
}

async function startServer(file: string): Promise<{ endpoint: string; stop(): void }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'merge-server.ts'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { endpoint: `http://127.0.0.1:${port}`, stop: () => void child.kill() };
}
