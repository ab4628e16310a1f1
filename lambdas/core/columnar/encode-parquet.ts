import { type Data, makeData } from 'apache-arrow/data';
import { RecordBatchStreamWriter } from 'apache-arrow/ipc/writer';
import { RecordBatch } from 'apache-arrow/recordbatch';
import { Field, Schema } from 'apache-arrow/schema';
import { Struct } from 'apache-arrow/type';
import { loadParquetWasm } from './parquet-wasm.ts';
import type { RowColumns } from './row-columns.ts';

export type Compression = 'zstd' | 'snappy' | 'none';

const codecs = { zstd: 'ZSTD', snappy: 'SNAPPY', none: 'UNCOMPRESSED' } as const;

/** Columns as one Parquet file of one row group: INT64 microseconds for timestamps, `list.element` for lists. */
export async function encodeParquet(columns: RowColumns, compression: Compression): Promise<Uint8Array> {
  const parquet = await loadParquetWasm();
  const properties = new parquet.WriterPropertiesBuilder()
    .setCompression(parquet.Compression[codecs[compression]])
    .setCreatedBy('alluvium')
    .setMaxRowGroupSize(Math.max(1, columns.rows));
  const table = parquet.Table.fromIPCStream(arrowStream(columns));
  return parquet.writeParquet(table, properties.build());
}

/** Arrow's stream format. Imports name the parts of apache-arrow: its index would bring readers and builders along. */
function arrowStream({ fields, columns, rows }: RowColumns): Uint8Array {
  const data = columns.map((column) => column.data());
  const arrowFields = fields.map(({ name, nullable }, index) => new Field(name, (data[index] as Data).type, nullable));
  const struct = makeData({ type: new Struct(arrowFields), length: rows, nullCount: 0, children: data });
  const writer = new RecordBatchStreamWriter();
  writer.write(new RecordBatch(new Schema(arrowFields), struct));
  writer.finish();
  return writer.toUint8Array(true);
}
