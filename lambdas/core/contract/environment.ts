/** Environment variables of the functions: names known only when the stacks deploy. Everything else is baked into bundles. */
export const environmentVariables = {
  ledgerTable: 'ALLUVIUM_LEDGER_TABLE',
  lakeBucket: 'ALLUVIUM_LAKE_BUCKET',
  deltaLogTable: 'ALLUVIUM_DELTA_LOG_TABLE',
  commitMachineArn: 'ALLUVIUM_COMMIT_MACHINE_ARN',
  /** For operators' commands alone. */
  restoreMachineArn: 'ALLUVIUM_RESTORE_MACHINE_ARN',
  /** For operators' commands alone: `host:port`, parted by commas, where the settings do not name a cluster's brokers. */
  kafkaBrokers: 'ALLUVIUM_KAFKA_BROKERS',
  /** Ingest: the one source (its name in the settings) that this function reads. Each source has a function of its own. */
  source: 'ALLUVIUM_SOURCE',
} as const;

/** Settings lie beside each function's bundle under this name, parsed and with defaults filled in. */
export const bakedSettingsFile = 'settings.json';

/**
 * Functions that write Parquet find parquet-wasm's WebAssembly beside their bundle under this name: a copy of
 * `parquet-wasm/esm/parquet_wasm_bg.wasm`. Run from source, they find it in the package.
 */
export const parquetWasmFile = 'parquet_wasm_bg.wasm';

/** Functions with no more memory than this keep what they hold small, at the cost of collecting garbage more often. */
export const smallFunctionMiB = 256;

/** What a function's second core runs, beside its bundle. */
export const secondCoreFile = 'second-core-thread.mjs';

/** The function that reads a source; `lib/names.ts` names it so. */
export const ingestFunctionName = (environment: string, source: string): string =>
  `alluvium-${environment}-ingest-${source}`;

/** The stream that the stack makes for a source, and the consumer group by which its topic is read unless the settings name one. */
export const sourceResourceName = (environment: string, source: string): string => `alluvium-${environment}-${source}`;

/** Tables live at `tables/<name>` in the lake's bucket. */
export const tablePrefix = (tableName: string): string => `tables/${tableName}`;

/** Keys of the commits of a table, and no other objects' of its log: `?` is any one character, as IAM has it. */
export const commitPattern = (tableName: string): string =>
  `${tablePrefix(tableName)}/_delta_log/${'?'.repeat(20)}.json`;

/** The URI of a table as S3DynamoDBLogStore writes it into `tablePath`: scheme s3a, no trailing slash. */
export const tableUri = (bucket: string, tableName: string): string => `s3a://${bucket}/${tablePrefix(tableName)}`;
