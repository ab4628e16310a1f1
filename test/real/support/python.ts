import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installOnce, partsFolder } from './parts.ts';

const run = promisify(execFile);
const packages = [
  'deltalake==1.6.6',
  'pyarrow==26.0.1',
  'pyspark==4.1.3',
  'boto3==1.43.106',
  'confluent-kafka==2.16.1',
  'ministack==1.5.33',
];

/** The last deltalake with the DynamoDB log store does not go with newer ones in one environment. */
const olderPackages = ['deltalake==1.6.0', 'pyarrow==26.0.1'];

/** Serialisers of Avro, JSON Schema and Protobuf, with the client of their registry. */
const serialiserPackages = ['confluent-kafka[avro,json,protobuf,schemaregistry]==2.13.2'];

export const python = join(partsFolder, 'python/bin/python');
export const olderPython = join(partsFolder, 'python-deltalake-1.6.0/bin/python');
export const serialiserPython = join(partsFolder, 'python-serialisers/bin/python');
export const ministack = join(partsFolder, 'python/bin/ministack');
const sparkJars = join(partsFolder, 'spark-jars');

/** A virtual environment `.real/<part>` with these packages. */
const installEnvironment = (part: string, names: readonly string[]): Promise<void> =>
  installOnce(part, names.join(' '), async () => {
    const venv = join(partsFolder, part);
    await run('python3', ['-m', 'venv', '--clear', venv]);
    const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...names];
    await run(join(venv, 'bin/python'), install);
  });

/** The Python readers and clients. */
export const installPython = (): Promise<void> => installEnvironment('python', packages);

/** deltalake 1.6.0. */
export const installOlderDeltalake = (): Promise<void> => installEnvironment('python-deltalake-1.6.0', olderPackages);

/** Producers that write as a registry's serialisers do. */
export const installSerialisers = (): Promise<void> => installEnvironment('python-serialisers', serialiserPackages);

/** Delta's jars for Spark, resolved by Maven. */
export const installSparkJars = (): Promise<void> =>
  installOnce('spark-jars', 'delta-spark 4.4.0', async () => {
    const pom = join(import.meta.dirname, 'spark-pom.xml');
    await run('mvn', [
      '-q',
      '-B',
      '-f',
      pom,
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${sparkJars}`,
    ]);
  });

/** What a reader saw of one table; `rows.py` says what the figures mean. */
export interface TableFigures {
  version: number;
  rows: number;
  /** That Spark reads for them. */
  files?: number;
  columns: Record<
    string,
    { known: number; sum?: string; about?: number; length?: number; items?: number; min?: number; max?: number }
  >;
}

/** Runs one of the Python programs beside this file; its last line is JSON. */
export async function runPython<Result>(script: string, args: string[]): Promise<Result> {
  const { stdout } = await run(python, ['-B', join(import.meta.dirname, script), ...args], {
    maxBuffer: 64 * 1024 ** 2,
    env: { ...process.env, TZ: 'UTC' },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Result;
}

type ByTable = Record<string, TableFigures>;

/** What the samples of `npm start` should become; rows are written to `<rowsFolder>/<table>.jsonl`. */
export const expectedOfSamples = (dataSets: string, rowsFolder: string): Promise<ByTable> =>
  runPython('expect_samples.py', [dataSets, rowsFolder]);

/** Figures by table name, the last part of its path; rows are written to `<rowsFolder>/<table>.jsonl`. */
export const readWithDeltalake = (paths: string[], rowsFolder: string): Promise<ByTable> =>
  runPython('read_deltalake.py', [rowsFolder, ...paths]);

/** As `readWithDeltalake`, in one Spark session for all tables. */
export const readWithSpark = (paths: string[], rowsFolder: string): Promise<ByTable> =>
  runPython('read_spark.py', [deltaJars(), rowsFolder, ...paths]);

/** Makes the tables of test/golden, or those named, anew. */
export const makeGolden = (folder: string, tables: string[]): Promise<unknown> =>
  runPython('make_golden.py', [deltaJars(), folder, ...tables]);

function deltaJars(): string {
  const jars = readdirSync(sparkJars).filter((jar) => jar.startsWith('delta-'));
  if (jars.length === 0) throw new Error(`expected Delta's jars in ${sparkJars}, found none`);
  return jars.map((jar) => join(sparkJars, jar)).join(',');
}
