import { join } from 'node:path';
import type { BenchOptions, BenchResult } from '../suite.ts';
import { optimizeCases } from './optimize.ts';
import { scaleCases } from './scale.ts';

/** Where the real tests install deltalake. */
const python = join(import.meta.dirname, '../../../.real/python/bin/python');

const liveFiles = { full: 1_000_000, small: 50_000 };

/** Large tables and many small files, beside delta-rs and DuckDB. */
export async function run({ small }: BenchOptions): Promise<BenchResult> {
  const scale = await scaleCases(python, small ? liveFiles.small : liveFiles.full);
  const optimize = await optimizeCases(python);
  return {
    suite: 'delta',
    cases: [...scale.cases, ...optimize.cases],
    aims: [...scale.aims, ...optimize.aims],
  };
}
