import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tableFromJSON, tableToIPC } from 'apache-arrow';
import * as parquet from 'parquet-wasm/esm';
import type { Prepare } from './case.ts';

type Fields = Record<string, unknown>;

/** What most people write first: `JSON.parse`, `tableFromJSON`, parquet-wasm. */
const naive =
  (codec: 'SNAPPY' | 'ZSTD'): Prepare =>
  async ({ set, base64 }) => {
    const wasm = createRequire(import.meta.url).resolve('parquet-wasm/esm/parquet_wasm_bg.wasm');
    await parquet.default({ module_or_path: await readFile(wasm) });
    const { textField } = set;
    const names = set.schema.fields.map(({ name }) => name);
    const rowOf = (payload: string): Fields => {
      const fields = JSON.parse(Buffer.from(payload, 'base64').toString()) as Fields;
      const row: Fields = {};
      for (const name of names) row[name] = fields[name] ?? null;
      row.timestamp = new Date(row.timestamp as string);
      if (textField !== undefined) row[textField] = JSON.stringify(row[textField]);
      return row;
    };
    return () => {
      const table = parquet.Table.fromIPCStream(tableToIPC(tableFromJSON(base64.map(rowOf)), 'stream'));
      const properties = new parquet.WriterPropertiesBuilder().setCompression(parquet.Compression[codec]);
      return parquet.writeParquet(table, properties.build());
    };
  };

export const snappy = naive('SNAPPY');
export const zstd = naive('ZSTD');
