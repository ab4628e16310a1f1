import type { FileColumns } from '#columnar/vector/vector.ts';
import { columnKeyOf } from '#contract/column-name.ts';
import type { TableSettings } from '#contract/table-settings.ts';
import type { BatchEngine } from './batch-engine.ts';
import type { TableBatch } from './table-files.ts';

/** Parquet files by the columns that they were made of. */
export type EncodedFiles = ReadonlyMap<FileColumns, Uint8Array>;

/**
 * Makes the files of all batches, one after another. Statistics are asked for afterwards: whatever is found out about the columns
 * while they are encoded is there by then.
 */
export async function encodeBatches(
  batches: readonly TableBatch[],
  engine: BatchEngine,
  settingsOf: (tableName: string) => Pick<TableSettings, 'compression' | 'bloomFilters'>,
): Promise<EncodedFiles> {
  const encoded = new Map<FileColumns, Uint8Array>();
  for (const { table, files } of batches) {
    const { compression, bloomFilters } = settingsOf(table.tableName);
    const keys = new Set(bloomFilters.map(columnKeyOf));
    for (const { columns } of files) {
      const filtered = columns.fields.map(({ name }) => name).filter((name) => keys.has(columnKeyOf(name)));
      encoded.set(columns, await engine.encode(columns, compression, filtered));
    }
  }
  return encoded;
}
