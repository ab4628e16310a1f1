import { join } from 'node:path';
import { bundledCase } from '../bundled-case.ts';
import { runChildCase } from '../child-case.ts';
import { type Aim, atLeast, type BenchCase, median } from '../suite.ts';
import { writeMergeFiles } from './merge-files.ts';
import { mergeMemory } from './merge-memory.ts';

const small = { files: 64, rowsPerFile: 10_000 };
/** Copies within one process, the first apart; processes of each case, one after another. */
const long = { timesInProcess: 6, processes: 3 };
const short = { timesInProcess: 3, processes: 1 };
const leastRatio = 7;
const patienceMs = 600_000;

interface Figures {
  firstCpuMs: number;
  cpuMs: number;
  ms: number;
  rows: number;
  sizeBytes: number;
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
  const machine = { pinned, patienceMs };
  const { folder } = await writeMergeFiles(join(home, 'merge'), small.files, small.rowsPerFile);
  const ours = bundledCase(file('merge-ours.ts'));
  const duckdb = bundledCase(file('merge-duckdb.ts'));
  const cases: Record<string, (times: string) => Promise<Figures>> = {
    'row groups copied': (times) => runChildCase(ours, [folder, times], machine),
    'DuckDB COPY, zstd': (times) => runChildCase(duckdb, [folder, times, 'zstd'], machine),
    'DuckDB COPY, snappy': (times) => runChildCase(duckdb, [folder, times, 'snappy'], machine),
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
  const memory = await mergeMemory(home, isShort, machine);
  return { cases: [...rows, ...memory.cases], aims: [...aims, ...memory.aims] };
}
