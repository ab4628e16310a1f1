import type { Compression } from '#columnar/encode/page-compression.ts';
import type { ScanCaptures } from '#columnar/scan/scan-captures.ts';
import type { FileColumns } from '#columnar/vector/vector.ts';
import type { StructType } from '#delta/schema.ts';
import type { PayloadMemory, PlacedPayload } from './payload-memory.ts';
import type { ScannedRows } from './unfiled-rows.ts';

/** Memory and machinery of one batch in flight, from payloads to files. */
export interface BatchEngine {
  /** Empty when the batch begins. */
  readonly payloads: PayloadMemory;
  /**
   * Rows of a table with this schema, as far as they can be made without parsing payloads as a whole. No payload: a row of nulls.
   * `reserved`: columns that no field may fill; `captures`, the same for each schema, is what else is read. What is learned of
   * payloads is kept by schema, for as long as that object lives.
   */
  scan(
    schema: StructType,
    reserved: ReadonlySet<string>,
    payloads: readonly (PlacedPayload | Uint8Array | undefined)[],
    captures?: ScanCaptures,
  ): ScannedRows;
  /** Columns as the bytes of one Parquet file; one after another. `bloomFilters`: names of columns that get one. */
  encode(columns: FileColumns, compression: Compression, bloomFilters: readonly string[]): Promise<Uint8Array>;
  /** A point to come back to. */
  mark(): number;
  /** Gives back the memory of all rows made since `mark`. */
  release(mark: number): void;
}

/** Engines, each for one batch at a time. */
export interface BatchEngines {
  take(): BatchEngine;
  /** Everything that lies in the engine's memory is void from here on. */
  give(engine: BatchEngine): void;
}
