import type { SourceSettings } from '#contract/source-settings.ts';
import type { DecodedRecord } from '#formats/decoded-value.ts';
import { decodeJson } from '#formats/json.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { SourceRecord } from './source-record.ts';

/** What a record holds: a payload (none for a tombstone that becomes a row), nothing worth keeping, or something broken. */
export type DecodedSourceRecord =
  | { kind: 'payload'; record: SourceRecord; payload: DecodedRecord | undefined }
  | { kind: 'dropped'; record: SourceRecord }
  | { kind: 'deadLetter'; deadLetter: DeadLetter };

/** Decodes a record's payload by its source's settings; tombstones follow the source's policy. */
export function decodeRecord(
  record: SourceRecord,
  { tombstones, table }: Pick<SourceSettings, 'tombstones' | 'table'>,
): DecodedSourceRecord {
  if (record.value === undefined) {
    switch (tombstones) {
      case 'drop':
        return { kind: 'dropped', record };
      case 'row':
        return { kind: 'payload', record, payload: undefined };
      case 'deadLetter':
        return deadLetter(record, table, 'Tombstone', 'expected a value, got none', '$');
    }
  }
  const decoded = decodeJson(record.value);
  return decoded.kind === 'record'
    ? { kind: 'payload', record, payload: decoded.record }
    : deadLetter(record, table, decoded.error, decoded.message, decoded.path);
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
