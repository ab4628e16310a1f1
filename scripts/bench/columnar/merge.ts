import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundledCase } from '../bundled-case.ts';
import { type Aim, atLeast, atMost, type BenchCase, median } from '../suite.ts';
import { writeMergeFiles } from './merge-files.ts';

const run = promisify(execFile);

const small = { files: 64, rowsPerFile: 10_000 };
/** One file of so many rows, so many times over: a gigabyte, four in 768 row groups, and a gigabyte of small files. */
const large = [
  { rowsPerFile: 350_000, times: 64 },
  { rowsPerFile: 350_000, times: 256 },
  { rowsPerFile: 10_000, times: 2_000 },
];
/** Copies within one process, the first apart; processes of each case, one after another. */
const long = { timesInProcess: 6, processes: 3 };
const short = { timesInProcess: 3, processes: 1 };
const leastRatio = 7;
const greatestMiB = 64;

interface Figures {
  firstCpuMs: number;
  cpuMs: number;
  ms: number;
  rows: number;
  sizeBytes: number;
  rowGroups: number;
  beforeMiB?: number;
  peakMiB: number;
}

const file = (name: string): string => join(import.meta.dirname, name);

/**
 * 64 files of 10,000 rows become one by copying row groups, beside DuckDB's COPY of them, and gigabytes of files whose merge is
 * measured by its memory, unless `isShort`. `pinned`: words before a command that keep it on one processor.
 */
export async function mergeCases(
  home: string,
  pinned: readonly string[],
  isShort = false,
): Promise<{ cases: BenchCase[]; aims: Aim[] }> {
  const { timesInProcess, processes } = isShort ? short : long;
  const child = async (module: string, ...args: string[]): Promise<Figures> => {
    const [command, ...words] = [...pinned, process.execPath, module, ...args] as [string, ...string[]];
    const { stdout } = await run(command, words, { timeout: 300_000 });
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Figures;
  };
  const { folder } = await writeMergeFiles(join(home, 'merge'), small.files, small.rowsPerFile);
  const ours = bundledCase(file('merge-ours.ts'));
  const duckdb = bundledCase(file('merge-duckdb.ts'));
  const cases: Record<string, (times: string) => Promise<Figures>> = {
    'row groups copied': (times) => child(ours, folder, times),
    'DuckDB COPY, zstd': (times) => child(duckdb, folder, times, 'zstd'),
    'DuckDB COPY, snappy': (times) => child(duckdb, folder, times, 'snappy'),
  };
  const measured = new Map<string, Figures[]>(Object.keys(cases).map((name) => [name, []]));
  for (let round = 0; round < processes; round++) {
    for (const [name, work] of Object.entries(cases)) {
      const figures = await work(String(timesInProcess));
      const wanted = small.files * small.rowsPerFile;
      if (figures.rows !== wanted) throw new Error(`${name}: expected ${wanted} rows, got ${figures.rows}`);
      measured.get(name)?.push(figures);
    }
  }
  const of = (name: string, figure: 'cpuMs' | 'firstCpuMs' | 'ms' | 'peakMiB' | 'sizeBytes') =>
    median((measured.get(name) ?? []).map((figures) => figures[figure]));
  const rows: BenchCase[] = Object.keys(cases).map((name) => ({
    name: `merge of ${small.files} files: ${name}`,
    values: {
      cpuMs: of(name, 'cpuMs'),
      ms: of(name, 'ms'),
      'krows/CPU-s': (small.files * small.rowsPerFile) / of(name, 'cpuMs'),
      MB: of(name, 'sizeBytes') / 1_000_000,
      peakMiB: Math.round(of(name, 'peakMiB')),
      firstCpuMs: of(name, 'firstCpuMs'),
    },
  }));

  const peers = ['DuckDB COPY, zstd', 'DuckDB COPY, snappy'];
  const fastest = Math.min(...peers.map((name) => of(name, 'cpuMs')));
  const aims = [
    atLeast(
      'merge of 64 files by row-group copy, over DuckDB COPY',
      fastest / of('row groups copied', 'cpuMs'),
      leastRatio,
    ),
  ];
  if (isShort) return { cases: rows, aims };

  const ofMany = bundledCase(file('merge-large.ts'));
  const growthsMiB: number[] = [];
  for (const { rowsPerFile, times } of large) {
    const one = await writeMergeFiles(join(home, `merge-${rowsPerFile}`), 1, rowsPerFile);
    const figures = await child(ofMany, join(one.folder, 'part-0000.parquet'), String(times));
    const growthMiB = figures.peakMiB - (figures.beforeMiB ?? 0);
    growthsMiB.push(growthMiB);
    const { cpuMs, ms, sizeBytes, rowGroups, peakMiB } = figures;
    rows.push({
      name: `merge of ${times} files of ${Math.round(one.bytes / 1_000)} kB: row groups copied`,
      values: {
        ...{ cpuMs, ms, rowGroups },
        MB: sizeBytes / 1_000_000,
        peakMiB: Math.round(peakMiB),
        growthMiB: Math.round(growthMiB),
      },
    });
  }
  aims.push(atMost('merges of gigabytes, MiB that they add to the process', Math.max(...growthsMiB), greatestMiB));
  return { cases: rows, aims };
}
