import type { Kernel } from '../kernel/kernel.ts';
import type { FileColumns } from '../vector/vector.ts';
import type { Compression } from './page-compression.ts';
import { encodeColumns, encodesType } from './parquet-encoder.ts';

/** Who writes a file: our encoder, or parquet-wasm for what ours does not. */
export type ParquetTaker = 'own' | 'parquet-wasm';

export interface EncodedFile {
  bytes: Uint8Array;
  taker: ParquetTaker;
}

export interface EncodeOptions {
  /** Names of top-level columns whose leaves get a Bloom filter; parquet-wasm makes none. */
  bloomFilters?: readonly string[];
}

/**
 * Columns as one Parquet file of one row group: INT64 microseconds for timestamps, `list.element` for lists. With a kernel, our
 * encoder writes it wherever it can; rows and types are the same whoever does.
 */
export async function encodeParquet(
  columns: FileColumns,
  compression: Compression,
  kernel?: Kernel,
  { bloomFilters = [] }: EncodeOptions = {},
): Promise<EncodedFile> {
  if (kernel !== undefined && columns.fields.length > 0 && columns.fields.every(({ type }) => encodesType(type))) {
    return { bytes: encodeColumns(columns, compression, kernel, new Set(bloomFilters)), taker: 'own' };
  }
  const { encodeWithParquetWasm } = await import('./parquet-wasm-encoder.ts');
  return { bytes: await encodeWithParquetWasm(columns, compression), taker: 'parquet-wasm' };
}
