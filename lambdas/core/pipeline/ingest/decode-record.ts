import type { SourceSettings } from '#contract/source-settings.ts';
import { DecodedRecord } from '#formats/decoded-value.ts';
import { decodeJson } from '#formats/json.ts';
import type { RecordTransforms } from '../transform/transform-record.ts';
import type { DeadLetter } from './dead-letter.ts';
import { payloadOf, type SourceRecord } from './source-record.ts';

/** What a record is taken for before its payload is looked at: one that may become a row, nothing worth keeping, or a dead letter. */
export type Admission = 'admitted' | 'dropped' | DeadLetter;

/** Tombstones follow the source's policy. */
export function admit(
  record: SourceRecord,
  { tombstones, table }: Pick<SourceSettings, 'tombstones' | 'table'>,
): Admission {
  if (payloadOf(record) !== undefined) return 'admitted';
  switch (tombstones) {
    case 'drop':
      return 'dropped';
    case 'row':
      return 'admitted';
    case 'deadLetter':
      return { record, table, error: 'Tombstone', message: 'expected a value, got none', path: '$' };
  }
}

/** What a record's row is made of (nothing: a tombstone that becomes a row), or why it has none. */
export type DecodedPayload =
  | { kind: 'payload'; payload: DecodedRecord | undefined }
  | { kind: 'failure'; error: string; message: string; path: string };

/** Decodes a record's payload, and transforms it. */
export function decodePayload(
  record: SourceRecord,
  transforms: RecordTransforms | undefined,
  nowMs: number,
): DecodedPayload {
  const { value } = record;
  const decoded = value === undefined ? undefined : decodeJson(value);
  if (decoded?.kind === 'failure') return decoded;
  if (transforms === undefined) return { kind: 'payload', payload: decoded?.record };
  const payload = transforms.apply(decoded?.record, record, nowMs);
  return payload instanceof DecodedRecord ? { kind: 'payload', payload } : payload;
}

/** A record that killed every invocation it was in: it is not decoded again. */
export const poisonLetter = (record: SourceRecord, table: string): DeadLetter => ({
  record,
  table,
  error: 'Poison',
  message: 'expected the function to survive this record, got its death at each attempt',
  path: '',
});
