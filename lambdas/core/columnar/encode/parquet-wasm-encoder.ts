import { makeData } from 'apache-arrow/data';
import { RecordBatchStreamWriter } from 'apache-arrow/ipc/writer';
import { RecordBatch } from 'apache-arrow/recordbatch';
import { Schema } from 'apache-arrow/schema';
import { Struct } from 'apache-arrow/type';
import { arrowData, arrowFields } from '../vector/arrow-data.ts';
import type { FileColumns } from '../vector/vector.ts';
import { createdBy } from './created-by.ts';
import type { Compression } from './page-compression.ts';
import { loadParquetWasm } from './parquet-wasm.ts';

const codecs = { zstd: 'ZSTD', snappy: 'SNAPPY', none: 'UNCOMPRESSED' } as const;

/** Columns as one Parquet file of one row group, by parquet-wasm. */
export async function encodeWithParquetWasm(columns: FileColumns, compression: Compression): Promise<Uint8Array> {
  const parquet = await loadParquetWasm();
  const properties = new parquet.WriterPropertiesBuilder()
    .setCompression(parquet.Compression[codecs[compression]])
    .setCreatedBy(createdBy)
    .setMaxRowGroupSize(Math.max(1, columns.rows));
  const table = parquet.Table.fromIPCStream(arrowStream(columns));
  return parquet.writeParquet(table, properties.build());
}

/** Arrow's stream format. */
function arrowStream({ fields, columns, rows }: FileColumns): Uint8Array {
  const children = columns.map((column, index) => arrowData(fields[index]!.type, column.vector()));
  const named = arrowFields(fields, children);
  const struct = makeData({ type: new Struct(named), length: rows, nullCount: 0, children });
  const writer = new RecordBatchStreamWriter();
  writer.write(new RecordBatch(new Schema(named), struct));
  writer.finish();
  return writer.toUint8Array(true);
}
