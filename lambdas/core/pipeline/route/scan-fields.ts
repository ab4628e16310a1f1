import type { ScanCaptures } from '#columnar/scan/scan-captures.ts';
import type { StructType } from '#delta/schema.ts';
import type { BatchEngine } from '../ingest/batch-engine.ts';
import { payloadOf, type SourceRecord } from '../ingest/source-record.ts';

/** Texts of the fields that a route asks for, of each record; nothing where the parser must see its payload. */
export type FieldTexts = (row: number) => readonly (string | null)[] | undefined;

/** Reads the fields that a route asks for without parsing payloads: the same object for all batches. */
export class FieldScan {
  readonly #schema: StructType;
  readonly #captures: ScanCaptures;
  readonly #places: readonly number[];

  /** `fields`: by the names on the way. */
  constructor(fields: readonly (readonly string[])[]) {
    this.#places = fields.map((_, place) => place);
    /** No field of a record has such a name as its column. */
    const columns = this.#places.map((place) => ({ name: ` ${place}`, type: 'string', nullable: true, metadata: {} }));
    this.#schema = { type: 'struct', fields: columns };
    this.#captures = {
      captures: fields.map((path, column) => ({ path, column, as: 'text', isRequired: false })),
      filled: new Set(),
      skipsOthers: true,
    };
  }

  /** Scans payloads; a tombstone has no texts. What is answered is valid for as long as the engine's memory. */
  scan(records: readonly SourceRecord[], engine: BatchEngine): FieldTexts {
    const rows = engine.scan(this.#schema, new Set(), records.map(payloadOf), this.#captures);
    const left = new Set(rows.unscanned);
    return (row) => (left.has(row) ? undefined : this.#places.map((place) => rows.value(place, row) as string | null));
  }
}
