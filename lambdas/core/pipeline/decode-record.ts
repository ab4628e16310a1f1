import type { SourceSettings } from '#contract/source-settings.ts';
import { DecodedRecord } from '#formats/decoded-value.ts';
import { decodeJson } from '#formats/json.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { SourceRecord } from './source-record.ts';
import type { RecordTransforms } from './transform-record.ts';

/** What a record holds: a payload (none for a tombstone that becomes a row), nothing worth keeping, or something broken. */
export type DecodedSourceRecord =
  | { kind: 'payload'; record: SourceRecord; payload: DecodedRecord | undefined }
  | { kind: 'dropped'; record: SourceRecord }
  | { kind: 'deadLetter'; deadLetter: DeadLetter };

/** Decodes a record's payload by its source's settings, and transforms it; tombstones follow the source's policy. */
export function decodeRecord(
  record: SourceRecord,
  { tombstones, table }: Pick<SourceSettings, 'tombstones' | 'table'>,
  transforms: RecordTransforms | undefined,
  nowMs: number,
): DecodedSourceRecord {
  if (record.value === undefined) {
    switch (tombstones) {
      case 'drop':
        return { kind: 'dropped', record };
      case 'row':
        return transformed(record, undefined, table, transforms, nowMs);
      case 'deadLetter':
        return deadLetter(record, table, 'Tombstone', 'expected a value, got none', '$');
    }
  }
  const decoded = decodeJson(record.value);
  return decoded.kind === 'record'
    ? transformed(record, decoded.record, table, transforms, nowMs)
    : deadLetter(record, table, decoded.error, decoded.message, decoded.path);
}

function transformed(
  record: SourceRecord,
  decoded: DecodedRecord | undefined,
  table: string,
  transforms: RecordTransforms | undefined,
  nowMs: number,
): DecodedSourceRecord {
  if (transforms === undefined) return { kind: 'payload', record, payload: decoded };
  const payload = transforms.apply(decoded, record, nowMs);
  return payload instanceof DecodedRecord
    ? { kind: 'payload', record, payload }
    : deadLetter(record, table, payload.error, payload.message, payload.path);
}

/** A record that killed every invocation it was in: it is not decoded again. */
export const poisonRecord = (record: SourceRecord, table: string): DecodedSourceRecord =>
  deadLetter(
    record,
    table,
    'Poison',
    'expected the function to survive this record, got its death at each attempt',
    '',
  );

const deadLetter = (
  record: SourceRecord,
  table: string,
  error: string,
  message: string,
  path: string,
): DecodedSourceRecord => ({ kind: 'deadLetter', deadLetter: { record, table, error, message, path } });
