import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundledCase } from '../bundled-case.ts';
import { runChildCase } from '../child-case.ts';
import { type Aim, atMost, type BenchCase } from '../suite.ts';
import { rowsPerFile, smallFiles, writeSmallFiles } from './small-files.ts';

const targetBytes = 128 * 1024 ** 2;
/** delta-rs spends at least this many times as much processor time where row groups are copied. */
const leastRatio = 5;
const greatestMiB = 256;

interface Figures {
  ms: number;
  cpuMs: number;
  peakMiB: number;
  filesBefore: number;
  filesAfter: number;
  MiB: number;
}

const file = (name: string): string => join(import.meta.dirname, name);
const run = promisify(execFile);

async function deltalake(python: string, folder: string, tasks: number): Promise<Figures> {
  const args = [file('optimize_deltalake.py'), folder, String(targetBytes), String(tasks)];
  const { stdout } = await run(python, args, { timeout: 600_000 });
  return JSON.parse(stdout) as Figures;
}

/** 640 files of 10,000 rows become few: by this project, by delta-rs where `python` has it, by DuckDB. */
export async function optimizeCases(python: string): Promise<{ cases: BenchCase[]; aims: Aim[] }> {
  const home = await mkdtemp(join(tmpdir(), 'alluvium-bench-optimize-'));
  const source = join(home, 'source');
  const cases: BenchCase[] = [];
  const rows = smallFiles * rowsPerFile;
  const rowsPerCpuS = ({ cpuMs }: Figures) => rows / (cpuMs / 1000);

  /** Each case has the table for itself, as it was. */
  async function measure(name: string, work: (folder: string) => Promise<Figures>): Promise<Figures> {
    const folder = join(home, 'table');
    await cp(source, folder, { recursive: true });
    try {
      const figures = await work(folder);
      if (figures.filesBefore !== smallFiles) {
        throw new Error(`${name}: expected ${smallFiles} files to be merged, got ${figures.filesBefore}`);
      }
      const { cpuMs, ms, peakMiB, filesAfter, MiB } = figures;
      const values = { 'rows/CPU-s': Math.round(rowsPerCpuS(figures)), cpuMs, ms, peakMiB, filesAfter, MiB };
      cases.push({ name: `optimize of ${smallFiles} files, ${name}`, values });
      return figures;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const bundle = bundledCase(file('optimize-ours.ts'));
  const ours = (settings: object) => (folder: string) =>
    runChildCase<Figures>(bundle, [folder, JSON.stringify(settings)]);

  try {
    await writeSmallFiles(source);
    const copied = await measure('row groups copied', ours({}));
    await measure('rows written anew', ours({ minRowGroupBytes: '1GiB' }));
    await measure('rows along a Z-order', ours({ zOrderBy: ['user_id', 'at'] }));
    await measure('DuckDB', (folder) =>
      runChildCase<Figures>(file('optimize-duckdb.ts'), [folder, String(targetBytes)]),
    );
    const aims: Aim[] = [atMost('optimize by copying, peak MiB', copied.peakMiB, greatestMiB)];
    const times = 'optimize by copying, times the rows per CPU-second of delta-rs';
    if (!existsSync(python)) {
      aims.push({
        name: `${times} (deltalake is not installed here)`,
        value: 0,
        aim: `>= ${leastRatio}`,
        holds: false,
      });
      return { cases, aims };
    }
    const peer = await measure('delta-rs', (folder) => deltalake(python, folder, 2));
    await measure('delta-rs, one task', (folder) => deltalake(python, folder, 1));
    const value = rowsPerCpuS(copied) / rowsPerCpuS(peer);
    aims.push({ name: times, value, aim: `>= ${leastRatio}`, holds: value >= leastRatio });
    return { cases, aims };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
