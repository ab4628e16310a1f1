import { encodeParquet } from '#columnar/encode/encode-parquet.ts';
import { type Kernel, loadKernel } from '#columnar/kernel/kernel.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import { statisticsOf } from '#columnar/vector/statistics.ts';
import { decodeBase64 } from '#formats/base64.ts';
import { decodeJson } from '#formats/json.ts';
import { rowCoercion } from '#pipeline/coerce/coerce-row.ts';
import { Misfit } from '#pipeline/coerce/misfit.ts';
import type { SourceRecord } from '#pipeline/ingest/source-record.ts';
import type { Prepare } from './case.ts';

const parsed =
  (kernel?: Kernel): Prepare =>
  ({ set, base64 }) =>
  async () => {
    const rowOf = rowCoercion(set.schema, false);
    const columns = new RowColumns(set.schema.fields);
    for (const payload of base64) {
      const decoded = decodeJson(decodeBase64(payload));
      if (decoded.kind === 'failure') throw new Error(decoded.message);
      const row = rowOf(decoded.record, undefined as unknown as SourceRecord);
      if (row instanceof Misfit) throw row;
      columns.append(row);
    }
    const { bytes } = await encodeParquet(columns, 'zstd', kernel);
    statisticsOf(columns);
    return bytes;
  };

/** Alluvium's way for what the scanner does not do: every record parsed, rows made of values. */
export const zstd: Prepare = (records) => parsed(loadKernel())(records);

/** The same, written by parquet-wasm. */
export const parquetWasm: Prepare = parsed();
