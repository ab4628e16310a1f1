import { type EngineOptions, kernelEngines } from '#adapters/kernel/batch-engines.ts';
import type { Compression } from '#columnar/encode/page-compression.ts';
import type { ColumnValue } from '#columnar/vector/column.ts';
import { statisticsOf } from '#columnar/vector/statistics.ts';
import type { FileColumns } from '#columnar/vector/vector.ts';
import type { StructType } from '#delta/schema.ts';
import { decodeJson } from '#formats/json.ts';
import { type RowOf, rowCoercion } from '#pipeline/coerce/coerce-row.ts';
import { Misfit } from '#pipeline/coerce/misfit.ts';
import type { BatchEngine, BatchEngines } from '#pipeline/ingest/batch-engine.ts';
import type { PlacedPayload } from '#pipeline/ingest/payload-memory.ts';
import type { SourceRecord } from '#pipeline/ingest/source-record.ts';
import type { Records } from '../records.ts';
import type { Once, Prepare } from './case.ts';

const noneReserved = new Set<string>();

/** What the ingest function does between a batch's event and its file, in steps. */
class Batch {
  readonly #engine: BatchEngine;
  readonly #records: Records;
  readonly #rowOf: RowOf;

  constructor(engine: BatchEngine, records: Records, rowOf: RowOf) {
    this.#engine = engine;
    this.#records = records;
    this.#rowOf = rowOf;
  }

  placed(): PlacedPayload[] {
    const { payloads } = this.#engine;
    const { base64 } = this.#records;
    payloads.expect(base64.length);
    return base64.map((payload) => payloads.place(payload));
  }

  columns(): FileColumns {
    const { schema } = this.#records.set;
    const payloads = this.placed();
    const scanned = this.#engine.scan(schema, noneReserved, payloads);
    for (const row of scanned.unscanned) scanned.put(row, this.#parsed((payloads[row] as PlacedPayload).bytes));
    const places = schema.fields.map((_, place) => place);
    return { fields: schema.fields, columns: scanned.columns(places), rows: scanned.length };
  }

  async file(compression: Compression): Promise<Uint8Array> {
    const columns = this.columns();
    const bytes = await this.#engine.encode(columns, compression, []);
    statisticsOf(columns);
    return bytes;
  }

  #parsed(payload: Uint8Array): readonly ColumnValue[] {
    const decoded = decodeJson(payload);
    if (decoded.kind === 'failure') throw new Error(decoded.message);
    const row = this.#rowOf(decoded.record, undefined as unknown as SourceRecord);
    if (row instanceof Misfit) throw row;
    return row;
  }
}

/** What is kept from batch to batch is made in the first. */
const inBatches =
  (work: (batch: Batch) => ReturnType<Once>, options: EngineOptions = {}): Prepare =>
  (records) => {
    const schema: StructType = records.set.schema;
    let kept: { engines: BatchEngines; rowOf: RowOf } | undefined;
    return async () => {
      kept ??= { engines: kernelEngines(options), rowOf: rowCoercion(schema, false) };
      const engine = kept.engines.take();
      const file = await work(new Batch(engine, records, kept.rowOf));
      kept.engines.give(engine);
      return file;
    };
  };

export const zstd = inBatches((batch) => batch.file('zstd'));
export const snappy = inBatches((batch) => batch.file('snappy'));
export const twoCores = inBatches((batch) => batch.file('zstd'), {
  onSecondCoreFailure: (failure) => {
    throw new Error(failure);
  },
});

/** The parts of it, each with those before. */
export const placed = inBatches((batch) => {
  batch.placed();
  return undefined;
});
export const scanned = inBatches((batch) => {
  batch.columns();
  return undefined;
});
export const described = inBatches((batch) => {
  statisticsOf(batch.columns());
  return undefined;
});
