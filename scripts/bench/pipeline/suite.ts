/**
 * Records through the whole pipeline: CPU-seconds of the function processes, from Lambda's event to the commit, beside DuckDB's JSON
 * to Parquet over the same records.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChildCase } from '../child-case.ts';
import { atLeast, type BenchCase, type BenchOptions, type BenchResult, median } from '../suite.ts';
import { assemble } from './assembly.ts';
import { compareRows } from './compare-rows.ts';
import { type DrainedPipeline, drainPipeline } from './drain-pipeline.ts';
import { prepareRecords } from './prepare-records.ts';

const duckdbCase = join(import.meta.dirname, 'duckdb-copy.ts');
/** So often before the pipeline, and so often after it. */
const duckdbRounds = 2;
/** That of our tables, and DuckDB's own default. */
const compressions = ['zstd', 'snappy'] as const;
/** Records per CPU-second of the functions, over DuckDB's with the same compression. */
const leastOfDuckdb = 0.6;

export async function run({ small }: BenchOptions): Promise<BenchResult> {
  const records = small ? 100_000 : 1_000_000;
  const home = await mkdtemp(join(tmpdir(), 'alluvium-pipeline-'));
  try {
    const assemblyFolder = join(home, 'cdk.out');
    assemble(assemblyFolder);
    const dataFolder = join(home, 'data');
    const lines = join(home, 'records.ndjson');
    await prepareRecords(records, { dataFolder, lines });
    const before = await runDuckdb(lines, home);
    const drained = await drainPipeline(records, { dataFolder, assemblyFolder });
    const duckdb = [...before, ...(await runDuckdb(lines, home))];
    await compareRows(lines, drained.tableFolder);
    const { rate, cases } = pipelineCases(records, drained);
    const peers = duckdbCases(records, duckdb);
    return {
      suite: 'pipeline',
      cases: [
        ...cases,
        ...peers.map(({ compression, values }) => ({ name: `DuckDB, JSON to Parquet, ${compression}`, values })),
      ],
      /** A few batches are mostly starts of processes: they say nothing of the rate. */
      aims: small
        ? []
        : [atLeast("records per CPU-second over DuckDB's", rate / peers[0]!.values.recordsPerCpuS, leastOfDuckdb)],
    };
  } finally {
    await rm(home, { recursive: true });
  }
}

interface DuckdbRun {
  compression: string;
  cpuS: number;
  fileBytes: number;
}

async function runDuckdb(lines: string, home: string): Promise<DuckdbRun[]> {
  const runs: DuckdbRun[] = [];
  for (let round = 0; round < duckdbRounds; round++) {
    for (const compression of compressions) {
      const args = [lines, join(home, 'duckdb.parquet'), compression];
      runs.push({ compression, ...(await runChildCase<Omit<DuckdbRun, 'compression'>>(duckdbCase, args)) });
    }
  }
  return runs;
}

const duckdbCases = (records: number, runs: readonly DuckdbRun[]) =>
  compressions.map((compression) => {
    const own = runs.filter((each) => each.compression === compression);
    const cpuS = median(own.map((each) => each.cpuS));
    const dataMiB = own[0]!.fileBytes / 1024 ** 2;
    return { compression, values: { cpuS, recordsPerCpuS: Math.round(records / cpuS), dataMiB } };
  });

function pipelineCases(records: number, drained: DrainedPipeline): { rate: number; cases: BenchCase[] } {
  const { functions, requests, commits, dataFiles, dataBytes } = drained;
  const cpuS = functions
    .filter(({ role }) => role === 'ingest' || role === 'commit')
    .reduce((sum, each) => sum + each.cpuS, 0);
  const recordsPerCpuS = Math.round(records / cpuS);
  const perThousand = [...requests].map(([name, count]): [string, number] => [name, (count * 1000) / records]);
  return {
    rate: recordsPerCpuS,
    cases: [
      { name: `ingest and commit, ${records} wide records`, values: { cpuS, recordsPerCpuS } },
      ...functions.map(({ role, ...values }) => ({ name: `${role} function`, values })),
      { name: 'table', values: { commits, dataFiles, dataMiB: dataBytes / 1024 ** 2 } },
      { name: 'requests per 1,000 records', values: Object.fromEntries(perThousand) },
    ],
  };
}
