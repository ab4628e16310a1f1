import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import * as parquet from 'parquet-wasm/esm';
import { parquetWasmFile } from '#contract/environment.ts';

let loading: Promise<typeof parquet> | undefined;

/** parquet-wasm with its WebAssembly compiled: once in a process. */
export function loadParquetWasm(): Promise<typeof parquet> {
  loading ??= instantiate();
  return loading;
}

async function instantiate(): Promise<typeof parquet> {
  await parquet.default({ module_or_path: await readFile(wasmPath()) });
  return parquet;
}

function wasmPath(): string | URL {
  const besideBundle = new URL(parquetWasmFile, import.meta.url);
  if (existsSync(besideBundle)) return besideBundle;
  return createRequire(import.meta.url).resolve(`parquet-wasm/esm/${parquetWasmFile}`);
}
