import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js';
import { serializeTCompactProtocol, ThriftStruct } from 'hyparquet-writer/src/thrift.js';

/**
 * Structs of a Parquet footer as Thrift has them, fields by id (parquet.thrift): binaries are bytes, i64 are bigint. Nothing
 * is converted, so that what is copied loses nothing.
 */
export interface SchemaElement {
  /** Physical type; absent for groups. */
  field_1?: number;
  field_2?: number;
  /** 0 required, 1 optional, 2 repeated. */
  field_3?: number;
  /** Name. */
  field_4: Uint8Array;
  /** Number of children. */
  field_5?: number;
  field_6?: number;
  field_7?: number;
  field_8?: number;
  /** Field id. */
  field_9?: number;
  /** Logical type: a union, one member by its id. */
  field_10?: Record<string, unknown>;
}

export interface ChunkStatistics {
  /** Null count. */
  field_3?: bigint;
  field_4?: bigint;
  /** Greatest and least value. */
  field_5?: Uint8Array;
  field_6?: Uint8Array;
  field_7?: boolean;
  field_8?: boolean;
}

export interface ChunkMetaData {
  field_1: number;
  /** Encodings. */
  field_2: number[];
  /** Path in the schema. */
  field_3: Uint8Array[];
  /** Compression. */
  field_4: number;
  /** Number of values, nulls included. */
  field_5: bigint;
  /** Uncompressed and compressed bytes, page headers included. */
  field_6: bigint;
  field_7: bigint;
  field_8?: unknown[];
  /** Offset of the first data page. */
  field_9: bigint;
  /** Offset of the index page. */
  field_10?: bigint;
  /** Offset of the dictionary page. */
  field_11?: bigint;
  field_12?: ChunkStatistics;
  field_13?: unknown[];
}

export interface ColumnChunk {
  /** Path of another file that holds the chunk. */
  field_1?: Uint8Array;
  field_2: bigint;
  field_3?: ChunkMetaData;
  field_8?: unknown;
  field_9?: unknown;
}

export interface RowGroup {
  field_1: ColumnChunk[];
  /** Uncompressed bytes. */
  field_2: bigint;
  /** Rows. */
  field_3: bigint;
  /** Sorting columns. */
  field_4?: unknown[];
  field_5?: bigint;
  /** Compressed bytes. */
  field_6?: bigint;
}

export interface KeyValue {
  field_1: Uint8Array;
  field_2?: Uint8Array;
}

export interface FileMetaData {
  field_1: number;
  field_2: SchemaElement[];
  field_3: bigint;
  field_4: RowGroup[];
  field_5?: KeyValue[];
  /** Created by. */
  field_6?: Uint8Array;
  /** Column orders: without them, bounds of values mean nothing. */
  field_7?: unknown[];
  /** Encryption. */
  field_8?: unknown;
}

export function parseThrift<Struct>(bytes: Uint8Array): Struct {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return deserializeTCompactProtocol({ view, offset: 0 }) as Struct;
}

export function serializeThrift(struct: object): Uint8Array {
  const writer = new ByteWriter();
  serializeTCompactProtocol(writer, struct as Parameters<typeof serializeTCompactProtocol>[1]);
  return writer.getBytes();
}

const thriftByte = 3;
const thriftTrue = 1;
const thriftFalse = 2;

/**
 * A schema element to serialise: the one-byte integers of INTEGER (10) and VARIANT (16) would else be taken for 32 bits,
 * since a number has no width.
 */
export function writableElement(element: SchemaElement): SchemaElement {
  const logical = element.field_10;
  const integer = logical?.field_10 as { field_1: number; field_2: boolean } | undefined;
  if (integer !== undefined) {
    const signed: [number, number, boolean] = [2, integer.field_2 ? thriftTrue : thriftFalse, integer.field_2];
    return { ...element, field_10: { field_10: new ThriftStruct([[1, thriftByte, integer.field_1], signed]) } };
  }
  const variant = logical?.field_16 as { field_1?: number } | undefined;
  if (variant?.field_1 !== undefined) {
    return { ...element, field_10: { field_16: new ThriftStruct([[1, thriftByte, variant.field_1]]) } };
  }
  return element;
}
