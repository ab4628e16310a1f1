import { DecodedRecord, type DecodedValue } from '#formats/decoded-value.ts';
import type { Decoded, DecodeFailure } from '#formats/payload-decoder.ts';
import type { BatchEngine } from '../ingest/batch-engine.ts';
import type { SourceRecord } from '../ingest/source-record.ts';
import type { RecordRoute } from './record-route.ts';
import { FieldScan, type FieldTexts } from './scan-fields.ts';
import type { Routed } from './table-namer.ts';

export interface Routing {
  engine: BatchEngine;
  /** Whether the engine's scanner reads the payloads. */
  areScannable: boolean;
  /** Nothing: a tombstone. */
  decoded: (record: SourceRecord) => Decoded | undefined;
  nowMs: number;
}

/** Where a record goes; where its route asks a payload that cannot be decoded, why that is. */
export type RecordRouted = Routed | DecodeFailure;

const noTexts: readonly (string | null)[] = [];

/** A field's text, or null where there is none; nothing where it is no text. */
function fieldText(payload: DecodedRecord, path: readonly string[]): string | null | undefined {
  let value: DecodedValue = payload;
  for (const name of path) {
    if (!(value instanceof DecodedRecord)) return undefined;
    value = value.values[value.names.indexOf(name)] ?? null;
  }
  return value === null || typeof value === 'string' ? value : undefined;
}

/** Routes the records of one source, in the cheapest way that its route and its format allow. */
export class SourceRoute {
  readonly #route: RecordRoute;
  readonly #scan: FieldScan | undefined;

  constructor(route: RecordRoute) {
    this.#route = route;
    const { fields = [] } = route;
    this.#scan = fields.length === 0 ? undefined : new FieldScan(fields);
  }

  /** Whether payloads are decoded for their route alone. */
  isDecoding(areScannable: boolean): boolean {
    return this.#route.fields === undefined || (this.#scan !== undefined && !areScannable);
  }

  /** By place in `records`; to be asked for each record while the engine's memory is not released. */
  routing(records: readonly SourceRecord[], routing: Routing): (row: number) => RecordRouted {
    const texts = this.#texts(records, routing);
    return (row) => {
      const record = records[row] as SourceRecord;
      const found = texts(row);
      if (found !== undefined) return this.#route.routeOfFields(record, found, routing.nowMs);
      const payload = routing.decoded(record);
      if (payload?.kind === 'failure') return payload;
      const own = payload === undefined ? undefined : this.#fieldsOf(payload.record);
      if (own !== undefined) return this.#route.routeOfFields(record, own, routing.nowMs);
      return this.#route.routeOf(record, { record: payload?.record, type: payload?.type }, routing.nowMs);
    };
  }

  /** Texts of a decoded payload's fields; nothing where one of them is something else. */
  #fieldsOf(payload: DecodedRecord): (string | null)[] | undefined {
    const texts = this.#route.fields?.map((path) => fieldText(payload, path));
    return texts?.every((text) => text !== undefined) ? texts : undefined;
  }

  #texts(records: readonly SourceRecord[], { engine, areScannable }: Routing): FieldTexts {
    if (this.#route.fields === undefined) return () => undefined;
    if (this.#scan === undefined) return () => noTexts;
    return areScannable ? this.#scan.scan(records, engine) : () => undefined;
  }
}
