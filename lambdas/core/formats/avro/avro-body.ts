import { Buffer } from 'node:buffer';
import type { Type } from 'avsc';
import type { DecodedRecord } from '../decoded-value.ts';
import type { BodyDecoder } from '../framed-decoder.ts';
import { type Decoded, type DecodeFailure, failure, type PayloadType } from '../payload-decoder.ts';
import { type Exactness, NotExact, readerOf } from './avro-reader.ts';
import { AvroRefusal } from './avro-refusal.ts';
import { type AvroRecord, AvroSchemaError, type AvroType, parseAvroSchema } from './avro-schema.ts';
import { deltaColumns } from './delta-columns.ts';
import { beginBytes, beginPayload, ConvertedType, wireType } from './wire-types.ts';

/** Reads the records of one schema. */
export interface AvroBody {
  decode: BodyDecoder;
  /** The record that begins at `start`, and where it ends. What a payload of many becomes counts together, from `beginPayload` on. */
  readAt(bytes: Buffer, start: number): { decoded: Decoded; end: number } | DecodeFailure;
}

/**
 * What reads bodies of a schema: of a record, or of a union of records, each of which has a name and columns of its own.
 *
 * @param id Of the schema, if it has one: for messages and for the payload's type.
 */
export function avroBody(
  text: string,
  references: readonly string[],
  id: string | undefined,
): AvroBody | DecodeFailure {
  try {
    return bodyOf(recordsOf(parseAvroSchema(text, references)), id);
  } catch (error) {
    // A schema comes from outside: whatever it is that avsc does not take, its payloads alone suffer.
    return failure('UnusableSchema', `${id === undefined ? '' : `schema ${id}: `}${(error as Error).message}`);
  }
}

type RecordOrNull = AvroRecord | { kind: 'null' };

const isRecordOrNull = (member: AvroType): member is RecordOrNull => member.kind === 'record' || member.kind === 'null';

/** The records that a payload may be; null among them is what Kafka Connect makes of a value that need not be there. */
function recordsOf(type: AvroType): readonly RecordOrNull[] | AvroRecord {
  if (type.kind === 'record') return type;
  const isOfRecords = type.kind === 'union' && type.members.some(({ kind }) => kind === 'record');
  if (isOfRecords && type.members.every(isRecordOrNull)) return type.members;
  throw new AvroSchemaError(`expected the schema of a record, or of a union of records, got one of kind ${type.kind}`);
}

const noRecord = (): Decoded => failure('NotAnObject', 'expected a record, got the null of its union');

function bodyOf(records: readonly RecordOrNull[] | AvroRecord, id: string | undefined): AvroBody {
  const members = ('kind' in records ? [records] : records).map((record) => {
    if (record.kind === 'null') return undefined;
    const type: PayloadType = { name: record.name, id, columns: deltaColumns(record) };
    return { record, decoded: (decoded: DecodedRecord): Decoded => ({ kind: 'record', record: decoded, type }) };
  });
  const readers = (exactness: Exactness): Type => {
    const made = members.map((member) =>
      member === undefined
        ? new ConvertedType(wireType('null'), noRecord)
        : new ConvertedType(readerOf(member.record, exactness), member.decoded),
    );
    return 'kind' in records ? (made[0] as Type) : wireType(made);
  };
  const quick = readers('quick');
  let exact: Type | undefined;

  function attempt<T>(read: (type: Type) => T): T | DecodeFailure {
    try {
      try {
        return read(quick);
      } catch (error) {
        if (!needsExactness(error)) throw error;
        exact ??= readers('exact');
        return read(exact);
      }
    } catch (error) {
      return refusalOf(error);
    }
  }

  return {
    decode: (body) => {
      const buffer = bufferOf(body);
      beginPayload();
      beginBytes(buffer.length);
      return attempt((type) => type.fromBuffer(buffer) as Decoded);
    },
    readAt: (bytes, start) =>
      attempt((type) => {
        const { value, offset: end = -1 } = type.decode(bytes, start);
        if (end < 0) throw new AvroRefusal('InvalidPayload', 'expected more bytes, got the end');
        return { decoded: value as Decoded, end };
      }),
  };
}

/** avsc says by its message that a long is beyond a double's integers. */
const needsExactness = (error: unknown): boolean =>
  error instanceof NotExact || (error instanceof Error && error.message === 'potential precision loss');

function refusalOf(error: unknown): DecodeFailure {
  if (error instanceof AvroRefusal) return failure(error.error, error.message, `$${error.path}`);
  if (error instanceof RangeError && /call stack/.test(error.message)) {
    return failure('TooDeep', 'expected fewer levels of records within one another');
  }
  return failure('InvalidPayload', `expected a payload of its schema: ${(error as Error).message}`);
}

export const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
