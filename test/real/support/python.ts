import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installOnce, partsFolder } from './parts.ts';

const run = promisify(execFile);
const packages = ['deltalake==1.6.6', 'pyarrow==26.0.1', 'pyspark==4.1.3', 'boto3==1.43.106', 'ministack==1.5.33'];

const venv = join(partsFolder, 'python');
export const python = join(venv, 'bin/python');
export const ministack = join(venv, 'bin/ministack');
const sparkJars = join(partsFolder, 'spark-jars');

/** A virtual environment with the Python readers and clients, under `.real/python`. */
export const installPython = (): Promise<void> =>
  installOnce('python', packages.join(' '), async () => {
    await run('python3', ['-m', 'venv', '--clear', venv]);
    await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages]);
  });

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

/** What a reader saw of one table; `read_spark.py` says what the measures mean. */
export interface TableSummary {
  version: number;
  rows: number;
  columns: Record<string, { known: number; sum?: string; about?: number; length?: number; min?: number; max?: number }>;
}

async function readWith(script: string, args: string[]): Promise<Record<string, TableSummary>> {
  const { stdout } = await run(python, [join(import.meta.dirname, script), ...args], { maxBuffer: 64 * 1024 ** 2 });
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

export const readWithDeltalake = (paths: string[]): Promise<Record<string, TableSummary>> =>
  readWith('read_deltalake.py', paths);

export const readWithSpark = (paths: string[]): Promise<Record<string, TableSummary>> => {
  const jars = readdirSync(sparkJars).filter((jar) => jar.startsWith('delta-'));
  if (!existsSync(sparkJars) || jars.length === 0) throw new Error(`expected Delta's jars in ${sparkJars}, found none`);
  return readWith('read_spark.py', [jars.map((jar) => join(sparkJars, jar)).join(','), ...paths]);
};
