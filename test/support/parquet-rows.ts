import { type ParquetParsers, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

/** Timestamps as microseconds; bytes stay bytes. Decimals pass through doubles here: read them with DuckDB. */
const parsers: Partial<ParquetParsers> = {
  timestampFromMicroseconds: (micros: bigint) => micros,
  timestampFromMilliseconds: (ms: bigint) => ms * 1000n,
  dateFromDays: (days: number) => days,
};

/** Rows of a Parquet file, by a reader that had no part in writing it. */
export function rowsOfParquet(bytes: Uint8Array): Promise<Record<string, unknown>[]> {
  const file = bytes.slice().buffer as ArrayBuffer;
  return parquetReadObjects({ file, compressors, utf8: false, parsers: parsers as ParquetParsers });
}
