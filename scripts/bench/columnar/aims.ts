import { type Aim, atLeast, atMost } from '../suite.ts';
import type { CaseKey } from './cases.ts';
import type { Measured } from './rounds.ts';

/** What the project promises of wide records, 10,000 at once; each peer at its fastest. */
export function columnarAims(wide: ReadonlyMap<CaseKey, Measured>, batchMiB: number): Aim[] {
  const figure = (key: CaseKey, of: keyof Measured): number => wide.get(key)?.[of] ?? Number.NaN;
  const over = (keys: readonly CaseKey[], of: keyof Measured): number =>
    Math.min(...keys.map((key) => figure(key, of))) / figure('ours', of);
  const naive = ['naive', 'naiveSnappy'] as const;
  return [
    atLeast('over DuckDB, one thread', over(['duckdb', 'duckdbSnappy'], 'cpuMs'), 2),
    atLeast('over naive arrow + parquet-wasm', over(naive, 'cpuMs'), 10),
    atLeast('over JSON.parse alone, result dropped', over(['jsonParse'], 'cpuMs'), 1.7),
    atLeast('first batch in a fresh process, over naive', over(naive, 'firstCpuMs'), 6),
    atMost('peak memory, batches of 6 MB, MiB of RSS', batchMiB, 160),
    atMost('size of file over parquet-wasm zstd', figure('ours', 'fileBytes') / figure('naive', 'fileBytes'), 1),
  ];
}
