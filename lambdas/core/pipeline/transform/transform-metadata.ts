import { headerOf, isHeaderMetadata, type MetadataName } from '#contract/transform-metadata.ts';
import { textOf as textOfValue } from '#formats/decoded-value.ts';
import { isoInstant } from '../coerce/iso-time.ts';
import type { SourceRecord } from '../ingest/source-record.ts';
import { sequenceOf } from '../ledger/position.ts';

/** What a record's metadata needs besides the record. */
export interface MetadataContext {
  table: string;
  /** Of a Kafka source. */
  topic: string | undefined;
  nowMs: number;
  /** What the payload says of itself; absent where it says nothing. */
  type?: { readonly name: string | undefined; readonly id: string | undefined } | undefined;
  /** Why a record is a dead letter. */
  error?: RecordError | undefined;
}

export interface RecordError {
  class: string;
  message: string;
  path: string;
  /** Absent where the record failed before its route was known. */
  table: string | undefined;
  route: string;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array | null | undefined, what: string): string | null {
  if (bytes === undefined || bytes === null) return null;
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new Error(`expected ${what} of UTF-8, got other bytes`, { cause });
  }
}

const keyText = ({ key }: SourceRecord): string | null => textOf(key, 'a key');

/** Of headers of one name the last one counts. */
const headerText = ({ headers }: SourceRecord, name: string): string | null =>
  textOf(headers.findLast((header) => header.name === name)?.value, `a header ${JSON.stringify(name)}`);

/** Bytes in JSON: a string where they are UTF-8, else `{"base64": …}`. */
function bytesInJson(bytes: Uint8Array): string | { base64: string } {
  try {
    return utf8.decode(bytes);
  } catch {
    return { base64: textOfValue(bytes) };
  }
}

/** Provenance as one JSON text, the same for each record whenever it is read. */
const metadataJson = ({ source, partition, position, timestampMs, key, headers }: SourceRecord): string =>
  JSON.stringify({
    source,
    partition,
    position,
    timestamp: isoInstant(microseconds(timestampMs)) ?? null,
    key: key === undefined ? null : bytesInJson(key),
    headers: headers.map(({ name, value }) => ({ name, value: value === null ? null : bytesInJson(value) })),
  });

/** As kafka-delta-ingest has them: microseconds since 1970. */
const microseconds = (timeMs: number): bigint => BigInt(timeMs) * 1000n;

/** Kafka's own numbers of timestamp types. */
const timestampTypes = { CREATE_TIME: 0n, LOG_APPEND_TIME: 1n } as const;
const noTimestampType = -1n;

const subSequenceOf = (position: string): bigint | null => {
  const dot = position.indexOf('.');
  return dot < 0 ? null : BigInt(position.slice(dot + 1));
};

/**
 * What a record's metadata of a name is; times count microseconds.
 *
 * @throws {Error} for a key or a header that is no text.
 */
export function metadataOf(
  name: MetadataName,
  record: SourceRecord,
  { table, topic, nowMs, type, error }: MetadataContext,
): string | bigint | null {
  if (isHeaderMetadata(name)) return headerText(record, headerOf(name));
  switch (name) {
    case 'kafka.offset':
      return BigInt(sequenceOf(record.position));
    case 'kafka.partition':
      return BigInt(record.partition);
    case 'kafka.topic':
      return topic ?? null;
    case 'kafka.timestamp':
    case 'kinesis.arrival_timestamp':
      return microseconds(record.timestampMs);
    case 'kafka.timestamp_type':
      return record.timestampType === undefined ? noTimestampType : timestampTypes[record.timestampType];
    case 'kafka.key':
    case 'kinesis.partition_key':
      return keyText(record);
    case 'kinesis.sequence_number':
      return sequenceOf(record.position);
    case 'kinesis.sub_sequence_number':
      return subSequenceOf(record.position);
    case 'kinesis.shard':
    case 'ingest.partition':
      return record.partition;
    case 'kinesis.stream':
      return record.stream ?? null;
    case 'ingest.source':
      return record.source;
    case 'ingest.position':
      return record.position;
    case 'ingest.table':
      return table;
    case 'ingest.timestamp':
      return microseconds(nowMs);
    case 'ingest.metadata':
      return metadataJson(record);
    case 'schema.name':
      return type?.name ?? null;
    case 'schema.id':
      return type?.id ?? null;
    case 'error.class':
      return error?.class ?? null;
    case 'error.message':
      return error?.message ?? null;
    case 'error.path':
      return error?.path ?? null;
    case 'error.table':
      return error?.table ?? null;
    case 'error.route':
      return error?.route ?? null;
  }
}
