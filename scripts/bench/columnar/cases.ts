import type { Case } from './rounds.ts';

/** Ways from base64 to a Parquet file, zstd unless their name says otherwise. */
export const cases = {
  ours: { name: 'Alluvium', module: 'alluvium', variant: 'zstd', isOurs: true },
  oursSnappy: { name: 'Alluvium, snappy', module: 'alluvium', variant: 'snappy', isOurs: true },
  oneThread: { name: 'Alluvium, one thread on two processors', module: 'alluvium', variant: 'zstd', processors: 2 },
  twoCores: { name: 'Alluvium, two cores', module: 'alluvium', variant: 'twoCores', isOurs: true, processors: 2 },
  parsed: { name: 'Alluvium, every record parsed', module: 'parsed', variant: 'zstd', isOurs: true },
  parquetWasm: {
    name: 'Alluvium, every record parsed, parquet-wasm',
    module: 'parsed',
    variant: 'parquetWasm',
    isOurs: true,
  },
  placed: { name: 'Alluvium, base64 alone', module: 'alluvium', variant: 'placed' },
  scanned: { name: 'Alluvium, as far as the columns', module: 'alluvium', variant: 'scanned' },
  described: { name: 'Alluvium, as far as the statistics', module: 'alluvium', variant: 'described' },
  jsonParse: { name: 'JSON.parse, result dropped', module: 'json-parse', variant: 'dropped' },
  naive: { name: 'tableFromJSON + parquet-wasm', module: 'naive', variant: 'zstd' },
  naiveSnappy: { name: 'tableFromJSON + parquet-wasm, snappy', module: 'naive', variant: 'snappy' },
  duckdb: { name: 'DuckDB, one thread', module: 'duckdb', variant: 'zstd' },
  duckdbSnappy: { name: 'DuckDB, one thread, snappy', module: 'duckdb', variant: 'snappy' },
  polars: { name: 'nodejs-polars, one thread', module: 'polars', variant: 'zstd' },
  prototype: { name: 'prototype, JavaScript', module: 'prototypes', variant: 'javascript' },
  prototypeWebAssembly: { name: 'prototype, WebAssembly scanner', module: 'prototypes', variant: 'webAssembly' },
} as const satisfies Record<string, Case>;

export type CaseKey = keyof typeof cases;
