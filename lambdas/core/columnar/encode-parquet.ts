import type { FileColumns } from './vector.ts';

export type Compression = 'zstd' | 'snappy' | 'none';

/** Columns as one Parquet file of one row group: INT64 microseconds for timestamps, `list.element` for lists. */
export async function encodeParquet(columns: FileColumns, compression: Compression): Promise<Uint8Array> {
  const { encodeWithParquetWasm } = await import('./parquet-wasm-encoder.ts');
  return encodeWithParquetWasm(columns, compression);
}
