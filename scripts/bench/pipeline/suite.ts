/**
 * Records through the whole pipeline: CPU-seconds of the function processes, from Lambda's event to the commit, beside DuckDB's JSON
 * to Parquet over the same records.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChildCase } from '../child-case.ts';
import { atLeast, type BenchOptions, type BenchResult, median } from '../suite.ts';
import { assemble } from './assembly.ts';
import { compareRows } from './compare-rows.ts';
import { type DrainedPipeline, drainPipeline } from './drain-pipeline.ts';
import { prepareRecords } from './prepare-records.ts';

const duckdbCase = join(import.meta.dirname, 'duckdb-copy.ts');
const duckdbRounds = 3;
/** By DuckDB's default and by that of our tables. */
const compressions = ['snappy', 'zstd'] as const;
/** Records per CPU-second of the functions, over DuckDB's. */
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
    const duckdb = await measureDuckdb(lines, home);
    const drained = await drainPipeline(records, { dataFolder, assemblyFolder });
    await compareRows(lines, drained.tableFolder);
    return result(records, drained, duckdb);
  } finally {
    await rm(home, { recursive: true });
  }
}

interface DuckdbFigures {
  cpuS: number;
  fileBytes: number;
}

async function measureDuckdb(lines: string, home: string): Promise<Map<string, DuckdbFigures>> {
  const rounds = Map.groupBy(
    Array.from({ length: duckdbRounds }, () => compressions).flat(),
    (compression) => compression,
  );
  const figures = new Map<string, DuckdbFigures>();
  for (const [compression, asked] of rounds) {
    const runs: DuckdbFigures[] = [];
    for (const _ of asked) {
      runs.push(await runChildCase<DuckdbFigures>(duckdbCase, [lines, join(home, 'duckdb.parquet'), compression]));
    }
    figures.set(compression, { cpuS: median(runs.map(({ cpuS }) => cpuS)), fileBytes: runs[0]!.fileBytes });
  }
  return figures;
}

function result(records: number, drained: DrainedPipeline, duckdb: Map<string, DuckdbFigures>): BenchResult {
  const { functions, requests, commits, dataFiles, dataBytes } = drained;
  const working = functions.filter(({ role }) => role === 'ingest' || role === 'commit');
  const cpuS = working.reduce((sum, each) => sum + each.cpuS, 0);
  const rate = records / cpuS;
  const perThousand = (count: number) => (count * 1000) / records;
  const best = Math.max(...[...duckdb.values()].map((each) => records / each.cpuS));
  return {
    suite: 'pipeline',
    cases: [
      ...functions.map(({ role, cpuS: ownCpuS, startCpuS, processes, invocations }) => ({
        name: `${role} function`,
        values: { cpuS: ownCpuS, ofThatStartingS: startCpuS, processes, invocations },
      })),
      {
        name: `pipeline, ${records} wide records`,
        values: { cpuS, recordsPerCpuS: Math.round(rate), commits, dataFiles, dataMiB: dataBytes / 1024 ** 2 },
      },
      ...[...duckdb].map(([compression, figures]) => ({
        name: `DuckDB read_json, COPY, ${compression}`,
        values: {
          cpuS: figures.cpuS,
          recordsPerCpuS: Math.round(records / figures.cpuS),
          dataMiB: figures.fileBytes / 1024 ** 2,
        },
      })),
      {
        name: 'requests per 1,000 records',
        values: Object.fromEntries([...requests].map(([name, count]) => [name, perThousand(count)])),
      },
    ],
    aims: [atLeast("records per CPU-second over DuckDB's", rate / best, leastOfDuckdb)],
  };
}
