import type { Row } from '#columnar/read/data-file.ts';
import type { letterColumns } from '#contract/dead-letter-table.ts';
import type { SourceRecord } from '../ingest/source-record.ts';
import type { Position } from '../ledger/position.ts';
import { redriveOf } from '../ledger/redriven.ts';

/** A dead letter as its table has it. */
export interface Letter {
  source: string;
  /** Absent where a row was diverted that does not say. */
  partition: string | undefined;
  position: Position | undefined;
  timestampMs: number | undefined;
  key: Uint8Array | undefined;
  headers: SourceRecord['headers'];
  payload: Uint8Array | undefined;
  table: string;
  error: string;
  message: string;
  path: string;
  route: string | undefined;
  schemaId: string | undefined;
  schemaName: string | undefined;
  stream: string | undefined;
  timestampType: SourceRecord['timestampType'];
  /** Of a diverted row. */
  rowId: string | undefined;
}

/** What a table of dead letters may not have yet is absent. */
type LetterRow = Partial<Record<(typeof letterColumns)[number], Row[string]>>;

const textIn = (value: Row[string] | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
const bytesIn = (value: Row[string] | undefined): Uint8Array | undefined =>
  value instanceof Uint8Array ? value : undefined;

export function letterOf(row: LetterRow): Letter {
  const { timestamp, headers } = row;
  const timestampType = textIn(row.timestamp_type);
  return {
    source: textIn(row._source) ?? '',
    partition: textIn(row._partition),
    position: textIn(row._position),
    timestampMs: typeof timestamp === 'bigint' ? Number(timestamp / 1000n) : undefined,
    key: bytesIn(row.key),
    headers: Array.isArray(headers) ? headers.map(headerOf) : [],
    payload: bytesIn(row.payload),
    table: textIn(row.table) ?? '',
    error: textIn(row.error) ?? '',
    message: textIn(row.message) ?? '',
    path: textIn(row.path) ?? '',
    route: textIn(row.route),
    schemaId: textIn(row.schema_id),
    schemaName: textIn(row.schema_name),
    stream: textIn(row.stream),
    timestampType: timestampType === 'CREATE_TIME' || timestampType === 'LOG_APPEND_TIME' ? timestampType : undefined,
    rowId: textIn(row.row_id),
  };
}

function headerOf(value: Row[string]): SourceRecord['headers'][number] {
  const { name, value: bytes } = value as { name: Row[string]; value: Row[string] };
  return { name: textIn(name) ?? '', value: bytesIn(bytes) ?? null };
}

/** Stands for a partition that a diverted row does not tell. */
const unknownPartition = '-';

/** The source partition that a letter's redrive is accepted under. */
export const lineOf = ({ source, partition }: Letter): string =>
  redriveOf(`${source}/${partition ?? unknownPartition}`);

/**
 * Tells a letter from every other of its source partition: a record by its position, with its time, since a topic that was made anew
 * counts from the beginning; a diverted row by its own id, since its record may have been redriven before. Nothing for rows that were
 * diverted before they had ids and do not know their positions.
 */
export function letterId({ rowId, position, timestampMs }: Letter): string | undefined {
  if (rowId !== undefined) return rowId;
  return position === undefined ? undefined : `${position}@${timestampMs ?? ''}`;
}

/** The record that a letter holds, as its source delivered it. */
export function recordOf(letter: Letter): SourceRecord {
  const { source, position, timestampMs = 0, key, payload, headers, timestampType, stream } = letter;
  return {
    source,
    partition: letter.partition ?? unknownPartition,
    position: position ?? letter.rowId ?? '',
    timestampMs,
    key,
    value: payload,
    headers,
    timestampType,
    ...(stream === undefined ? {} : { stream }),
  };
}
