import type { RangedFile } from '#delta/checkpoint-codec.ts';
import { type ColumnChunk, readColumnChunk } from '../copy/copied-chunk.ts';
import { elementsOf, type SchemaElement } from './schema-element.ts';
import { ThriftReader } from './thrift-reader.ts';

export interface KeyValue {
  field_1: Uint8Array;
  field_2?: Uint8Array;
}

/** A row group; its chunks are taken out of the footer when they are asked for, since there may be many. */
export interface FooterGroup {
  rows: number;
  /** In the order of the schema's leaves. */
  chunks(): ColumnChunk[];
  /** Compressed where the writer says so, else uncompressed. */
  sizeBytes: number;
}

/** A Parquet file's footer as it stands in the file. Of what is copied from it nothing is taken apart, so that nothing is lost. */
export interface ParquetFooter {
  bytes: Uint8Array;
  /** The schema's part of the bytes: equal for files of one schema. */
  schema: Uint8Array;
  /** The root first, depth first. */
  elements: SchemaElement[];
  rows: number;
  groups: readonly FooterGroup[];
  keyValues: readonly KeyValue[];
  /** Without column orders, bounds of values mean nothing. */
  isOrdered: boolean;
  isEncrypted: boolean;
}

const magic = 0x31_52_41_50;
/** Footer length and magic. */
const trailerBytes = 8;
/** The file's end that is fetched first: most footers are smaller. */
const firstFetchBytes = 16_384;

/** A footer, and the bytes of the file that were read with it. */
export interface ReadFooter {
  footer: ParquetFooter;
  tail: Uint8Array;
  /** Where in the file `tail` begins. */
  tailStart: number;
}

/**
 * A Parquet file's footer, as it stands in the file.
 *
 * @throws {Error} naming the file when it is no Parquet file.
 */
export async function readFooter(file: RangedFile): Promise<ParquetFooter> {
  return (await readTail(file)).footer;
}

/** A Parquet file's footer and what was read with it: `fetchBytes` of its end at once. */
export async function readTail(file: RangedFile, fetchBytes: number = firstFetchBytes): Promise<ReadFooter> {
  const { path, sizeBytes } = file;
  const notParquet = (found: string) => new Error(`${path}: expected a Parquet file of ${sizeBytes} bytes, ${found}`);
  if (sizeBytes < trailerBytes + 4) throw notParquet('which is too short for one');
  let tailStart = Math.max(0, sizeBytes - fetchBytes);
  let tail = await file.readRange(tailStart, sizeBytes);
  if (tail.length !== sizeBytes - tailStart) throw notParquet(`got ${tail.length} bytes of its last`);
  const trailer = new DataView(tail.buffer, tail.byteOffset + tail.length - trailerBytes, trailerBytes);
  if (trailer.getUint32(4, true) !== magic) throw notParquet('found no PAR1 at its end');
  const footerBytes = trailer.getUint32(0, true);
  const start = sizeBytes - trailerBytes - footerBytes;
  if (start < 4) throw notParquet(`found a footer of ${footerBytes} bytes`);
  if (start < tailStart) {
    tailStart = start;
    tail = await file.readRange(start, sizeBytes);
  }
  // A copy: names and bounds are views of it, which would else keep the whole fetch in memory.
  const bytes = tail.slice(start - tailStart, -trailerBytes);
  try {
    return { footer: parseFooter(bytes), tail, tailStart };
  } catch (cause) {
    throw new Error(`${path}: expected a Parquet footer of ${footerBytes} bytes`, { cause });
  }
}

/** The footer of a whole file in memory. */
export const footerOf = (path: string, bytes: Uint8Array): Promise<ParquetFooter> =>
  readFooter({ path, sizeBytes: bytes.length, readRange: async (start, end) => bytes.subarray(start, end) });

/** Fields of FileMetaData that are read; its version and the name of its writer are not. */
const field = { schema: 2, rows: 3, groups: 4, keyValues: 5, columnOrders: 7, encryption: 8 } as const;

function parseFooter(bytes: Uint8Array): ParquetFooter {
  const reader = new ThriftReader(bytes);
  const groups: FooterGroup[] = [];
  const keyValues: KeyValue[] = [];
  let schema = bytes.subarray(0, 0);
  let rows = 0;
  let isOrdered = false;
  let isEncrypted = false;
  for (let id = reader.next(0); id !== 0; id = reader.next(id)) {
    switch (id) {
      case field.schema: {
        const start = reader.at;
        reader.skip();
        schema = bytes.subarray(start, reader.at);
        break;
      }
      case field.rows:
        rows = reader.integer();
        break;
      case field.groups:
        for (let left = reader.list(); left > 0; left--) groups.push(groupAt(reader));
        break;
      case field.keyValues:
        for (let left = reader.list(); left > 0; left--) keyValues.push(reader.struct() as unknown as KeyValue);
        break;
      case field.columnOrders:
        isOrdered = true;
        reader.skip();
        break;
      case field.encryption:
        isEncrypted = true;
        reader.skip();
        break;
      default:
        reader.skip();
    }
  }
  let elements: SchemaElement[] | undefined;
  return {
    ...{ bytes, schema, rows, groups, keyValues, isOrdered, isEncrypted },
    get elements() {
      elements ??= elementsOf(schema);
      return elements;
    },
  };
}

/** Fields of RowGroup. */
const groupField = { chunks: 1, uncompressedBytes: 2, rows: 3, compressedBytes: 6 } as const;

function groupAt(reader: ThriftReader): FooterGroup {
  const { bytes } = reader;
  let chunksAt = 0;
  let rows = 0;
  let sizeBytes = 0;
  for (let id = reader.next(0); id !== 0; id = reader.next(id)) {
    switch (id) {
      case groupField.chunks:
        chunksAt = reader.at;
        reader.skip();
        break;
      case groupField.uncompressedBytes:
      case groupField.compressedBytes:
        sizeBytes = reader.integer();
        break;
      case groupField.rows:
        rows = reader.integer();
        break;
      default:
        reader.skip();
    }
  }
  return { rows, sizeBytes, chunks: () => (chunksAt === 0 ? [] : chunksFrom(bytes, chunksAt)) };
}

function chunksFrom(bytes: Uint8Array, at: number): ColumnChunk[] {
  const reader = new ThriftReader(bytes, at);
  const chunks: ColumnChunk[] = [];
  for (let left = reader.list(); left > 0; left--) chunks.push(readColumnChunk(reader));
  return chunks;
}
