import type { SourceSettings } from '#contract/source-settings.ts';
import { DecodedRecord } from '#formats/decoded-value.ts';
import type { Decoded, PayloadType } from '#formats/payload-decoder.ts';
import type { RecordTransforms } from '../transform/transform-record.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { SourceRecord } from './source-record.ts';

/** What a record without a value is taken for: nothing worth keeping, one that becomes a row of nulls, or a dead letter of `table`. */
export function admitTombstone(
  record: SourceRecord,
  { tombstones }: Pick<SourceSettings, 'tombstones'>,
  table: string,
): 'admitted' | 'dropped' | DeadLetter {
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
  | { kind: 'payload'; payload: DecodedRecord | undefined; type?: PayloadType | undefined }
  | { kind: 'failure'; error: string; message: string; path: string };

/** A decoded payload (none: a tombstone) as transforms leave it. */
export function transformed(
  decoded: Decoded | undefined,
  record: SourceRecord,
  transforms: RecordTransforms | undefined,
  nowMs: number,
): DecodedPayload {
  if (decoded?.kind === 'failure') return decoded;
  if (transforms === undefined) return { kind: 'payload', payload: decoded?.record, type: decoded?.type };
  const payload = transforms.apply(decoded?.record, record, nowMs, decoded?.type);
  return payload instanceof DecodedRecord ? { kind: 'payload', payload, type: decoded?.type } : payload;
}

export const poisonClass = 'Poison';

/** Why a record that killed every invocation it was in is not decoded again. */
export const deadlyReason = 'expected the function to survive this record, got its death at each attempt';

/** A record that is not decoded, or not again. */
export const poisonLetter = (record: SourceRecord, table: string, message: string): DeadLetter => ({
  record,
  table,
  error: poisonClass,
  message,
  path: '',
});
