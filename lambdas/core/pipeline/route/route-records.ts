import type { Decoded, DecodeFailure } from '#formats/payload-decoder.ts';
import type { SourceRecord } from '../ingest/source-record.ts';
import type { RecordRoute } from './record-route.ts';
import type { Routed } from './table-namer.ts';

export interface RouteParts {
  route: RecordRoute;
  /** Nothing: a tombstone. */
  decoded: (record: SourceRecord) => Decoded | undefined;
  nowMs: number;
}

/** Where a record goes; where its route asks a payload that cannot be decoded, why that is. */
export function routeRecord(record: SourceRecord, { route, decoded, nowMs }: RouteParts): Routed | DecodeFailure {
  if (route.readsNoPayload) return route.routeOf(record, { record: undefined }, nowMs);
  const payload = decoded(record);
  if (payload?.kind === 'failure') return payload;
  return route.routeOf(record, { record: payload?.record, type: payload?.type }, nowMs);
}
