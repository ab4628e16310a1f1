import { type Data, Field, makeData, RecordBatch, Schema, Struct, Table, tableToIPC } from 'apache-arrow';
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
  const table = parquet.Table.fromIPCStream(tableToIPC(arrowTable(columns), 'stream'));
  return parquet.writeParquet(table, properties.build());
}

function arrowTable({ fields, columns, rows }: RowColumns): Table {
  const data = columns.map((column) => column.data());
  const arrowFields = fields.map(({ name, nullable }, index) => new Field(name, (data[index] as Data).type, nullable));
  const struct = makeData({ type: new Struct(arrowFields), length: rows, nullCount: 0, children: data });
  const schema = new Schema(arrowFields);
  return new Table(schema, new RecordBatch(schema, struct));
}
