import {
  type AsyncBuffer,
  type FileMetaData,
  type ParquetParsers,
  parquetMetadataAsync,
  parquetReadObjects,
} from 'hyparquet';

import type { RangedFile } from '#delta/checkpoint-codec.ts';
import { withPlainNames } from './exact-values.ts';
import { pageCompressors } from './page-compressors.ts';

/** The file's end that is fetched first: most footers are smaller. */
const footerFetchBytes = 65_536;

export type ParquetRow = Record<string, unknown>;

/** A Parquet file whose footer has been read. */
export interface ParquetFile {
  buffer: AsyncBuffer;
  metadata: FileMetaData;
}

export async function openParquet(file: RangedFile): Promise<ParquetFile> {
  const buffer: AsyncBuffer = {
    byteLength: file.sizeBytes,
    async slice(start, end) {
      const bytes = await file.readRange(start, end ?? file.sizeBytes);
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    },
  };
  try {
    return { buffer, metadata: await parquetMetadataAsync(buffer, { initialFetchSize: footerFetchBytes }) };
  } catch (cause) {
    throw new Error(`${file.path}: expected a Parquet file`, { cause });
  }
}

/**
 * Rows of the named top-level columns, a row group's together; columns and what is in them by their `plainName`s. Values without an
 * annotation of their own stay raw: int64 as bigint, bytes as bytes.
 */
export async function* parquetRowGroups(
  { buffer, metadata }: ParquetFile,
  columns: readonly string[],
  parsers: Partial<ParquetParsers>,
  utf8: boolean,
): AsyncGenerator<ParquetRow[]> {
  for (const group of metadata.row_groups) {
    yield await parquetReadObjects({
      file: buffer,
      metadata: withPlainNames(metadata, group),
      columns: [...columns],
      rowEnd: Number(group.num_rows),
      compressors: pageCompressors,
      parsers,
      utf8,
      geoparquet: false,
    });
  }
}
