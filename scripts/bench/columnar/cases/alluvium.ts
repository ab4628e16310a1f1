import type { ColumnValue } from '#columnar/column.ts';
import { type Compression, encodeParquet } from '#columnar/encode-parquet.ts';
import { JsonScanner } from '#columnar/json-scanner.ts';
import { type Kernel, loadKernel } from '#columnar/kernel.ts';
import { PayloadArena, type PlacedPayload } from '#columnar/payload-arena.ts';
import { statisticsOf } from '#columnar/statistics.ts';
import type { FileColumns } from '#columnar/vector.ts';
import type { StructType } from '#delta/schema.ts';
import { decodeJson } from '#formats/json.ts';
import { type RowOf, rowCoercion } from '#pipeline/coerce-row.ts';
import { columnKeyOf, columnNameOf } from '#pipeline/column-name.ts';
import { Misfit } from '#pipeline/misfit.ts';
import type { SourceRecord } from '#pipeline/source-record.ts';
import type { Records } from '../records.ts';
import type { Once, Prepare } from './case.ts';

const naming = { nameOf: columnNameOf, keyOf: columnKeyOf };

/** What a function keeps from batch to batch. */
class Engine {
  readonly kernel: Kernel = loadKernel();
  readonly arena = new PayloadArena(this.kernel);
  readonly scanner: JsonScanner;
  readonly rowOf: RowOf;

  constructor(schema: StructType) {
    this.scanner = new JsonScanner(this.kernel, schema, naming, new Set());
    this.rowOf = rowCoercion(schema, false);
  }

  #parsed(payload: Uint8Array): readonly ColumnValue[] {
    const decoded = decodeJson(payload);
    if (decoded.kind === 'failure') throw new Error(decoded.message);
    const row = this.rowOf(decoded.record, undefined as unknown as SourceRecord);
    if (row instanceof Misfit) throw row;
    return row;
  }

  place({ base64 }: Pick<Records, 'base64'>): PlacedPayload[] {
    this.arena.reset();
    return base64.map((payload) => this.arena.place(payload));
  }

  /** The records' columns; they are there until the next batch. */
  columnsOf({ set: { schema }, base64 }: Records): FileColumns {
    const payloads = this.place({ base64 });
    const scanned = this.scanner.scan(payloads);
    for (const row of scanned.unscanned) scanned.put(row, this.#parsed((payloads[row] as PlacedPayload).bytes));
    const places = schema.fields.map((_, place) => place);
    return { fields: schema.fields, columns: scanned.columns(places), rows: scanned.length };
  }
}

/** A case over what a function keeps from batch to batch; that is made in the first. */
const withEngine =
  (work: (engine: Engine, records: Records) => ReturnType<Once>): Prepare =>
  (records) => {
    let engine: Engine | undefined;
    return () => {
      engine ??= new Engine(records.set.schema);
      return work(engine, records);
    };
  };

/** Alluvium's way: what the ingest function does between a batch's event and its file. */
const alluvium = (compression: Compression): Prepare =>
  withEngine(async (engine, records) => {
    const file = engine.columnsOf(records);
    const { bytes } = await encodeParquet(file, compression, engine.kernel);
    statisticsOf(file);
    return bytes;
  });

export const zstd = alluvium('zstd');
export const snappy = alluvium('snappy');

/** The parts of it, each with those before. */
export const placed = withEngine((engine, records) => {
  engine.place(records);
  return undefined;
});
export const scanned = withEngine((engine, records) => {
  engine.columnsOf(records);
  return undefined;
});
export const described = withEngine((engine, records) => {
  statisticsOf(engine.columnsOf(records));
  return undefined;
});
