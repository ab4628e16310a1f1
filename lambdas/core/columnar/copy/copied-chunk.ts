import type { ParquetLeaf } from '../footer/parquet-columns.ts';
import { ThriftReader, thrift } from '../footer/thrift-reader.ts';
import type { ThriftWriter } from '../footer/thrift-writer.ts';

/** Bytes of a file, from `offset`. */
export interface Extent {
  offset: number;
  length: number;
}

/** What a footer says of a column chunk; the rest is copied as it stands there. */
export interface ColumnChunk {
  /** Where its metadata begins in the footer; −1 where the footer has none. */
  metaDataAt: number;
  /** In another file, or encrypted. */
  isElsewhere: boolean;
  /** Nulls included, and in lists each item. */
  values: number;
  uncompressedBytes: number;
  /** All of its pages. */
  pages: Extent;
  bloomFilter: Extent | undefined;
  columnIndex: Extent | undefined;
  offsetIndex: Extent | undefined;
}

/** Fields of parquet.thrift's ColumnChunk. */
const chunkField = {
  filePath: 1,
  fileOffset: 2,
  metaData: 3,
  offsetIndexOffset: 4,
  offsetIndexLength: 5,
  columnIndexOffset: 6,
  columnIndexLength: 7,
  crypto: 8,
  encrypted: 9,
} as const;

/** Fields of ColumnMetaData. */
const field = {
  type: 1,
  encodings: 2,
  path: 3,
  codec: 4,
  values: 5,
  uncompressedBytes: 6,
  compressedBytes: 7,
  dataOffset: 9,
  dictionaryOffset: 11,
  statistics: 12,
  encodingStatistics: 13,
  bloomFilterOffset: 14,
  bloomFilterLength: 15,
  sizeStatistics: 16,
  geospatialStatistics: 17,
} as const;

/** What is true of a chunk wherever it lies. */
const copied: ReadonlySet<number> = new Set([
  ...[field.type, field.encodings, field.codec, field.values, field.uncompressedBytes, field.compressedBytes],
  ...[field.encodingStatistics, field.sizeStatistics, field.geospatialStatistics],
]);

/**
 * Fields of Statistics that say something without an order of values, and those that need it. The older bounds never do
 * (parquet.thrift: their order is not defined).
 */
const counts: ReadonlySet<number> = new Set([3, 4]);
const bounds: ReadonlySet<number> = new Set([5, 6, 7, 8]);
const nullCount = 3;

/** The chunk whose struct begins where the reader is. */
export function readColumnChunk(reader: ThriftReader): ColumnChunk {
  const chunk: ColumnChunk = {
    metaDataAt: -1,
    isElsewhere: false,
    values: 0,
    uncompressedBytes: 0,
    pages: { offset: 0, length: 0 },
    bloomFilter: undefined,
    columnIndex: undefined,
    offsetIndex: undefined,
  };
  let offset = 0;
  for (let id = reader.next(0); id !== 0; id = reader.next(id)) {
    switch (id) {
      case chunkField.metaData:
        chunk.metaDataAt = reader.at;
        readMetaData(reader, chunk);
        break;
      case chunkField.offsetIndexOffset:
      case chunkField.columnIndexOffset:
        offset = reader.integer();
        break;
      case chunkField.offsetIndexLength:
        chunk.offsetIndex = { offset, length: reader.integer() };
        break;
      case chunkField.columnIndexLength:
        chunk.columnIndex = { offset, length: reader.integer() };
        break;
      case chunkField.filePath:
      case chunkField.crypto:
      case chunkField.encrypted:
        chunk.isElsewhere = true;
        reader.skip();
        break;
      default:
        reader.skip();
    }
  }
  return chunk;
}

function readMetaData(reader: ThriftReader, chunk: ColumnChunk): void {
  let data = 0;
  let dictionary = 0;
  let bloomOffset = 0;
  for (let id = reader.next(0); id !== 0; id = reader.next(id)) {
    switch (id) {
      case field.values:
        chunk.values = reader.integer();
        break;
      case field.uncompressedBytes:
        chunk.uncompressedBytes = reader.integer();
        break;
      case field.compressedBytes:
        chunk.pages.length = reader.integer();
        break;
      case field.dataOffset:
        data = reader.integer();
        break;
      case field.dictionaryOffset:
        dictionary = reader.integer();
        break;
      case field.bloomFilterOffset:
        bloomOffset = reader.integer();
        break;
      case field.bloomFilterLength:
        chunk.bloomFilter = { offset: bloomOffset, length: reader.integer() };
        break;
      default:
        reader.skip();
    }
  }
  // Some writers say 0 for a dictionary that is not there.
  chunk.pages.offset = dictionary > 0 && dictionary < data ? dictionary : data;
}

/** Where a chunk lies, and what belongs to it, in the file that is written. */
export interface ChunkPlace {
  leaf: ParquetLeaf;
  offset: number;
  bloomFilter?: Extent | undefined;
}

/** Where a chunk's page indexes lie, which is known last. */
export interface IndexPlace {
  columnIndex?: Extent | undefined;
  offsetIndex?: Extent | undefined;
}

/** Writes the struct of another footer's chunk, changed where it says where things are; `endChunk` is to end it. */
export function writeMovedChunk(
  writer: ThriftWriter,
  { bytes, isOrdered }: { bytes: Uint8Array; isOrdered: boolean },
  { metaDataAt, pages }: ColumnChunk,
  place: ChunkPlace,
): void {
  const moved = place.offset - pages.offset;
  beginChunk(writer);
  const reader = new ThriftReader(bytes, metaDataAt);
  for (let id = reader.next(0); id !== 0; id = reader.next(id)) {
    const { at, type } = reader;
    switch (id) {
      case field.dataOffset:
        writer.i64(id, reader.integer() + moved);
        continue;
      case field.dictionaryOffset: {
        const offset = reader.integer();
        if (offset > 0) writer.i64(id, offset + moved);
        continue;
      }
      case field.statistics:
        copyStatistics(reader, writer, isOrdered);
        continue;
      case field.path:
        writePath(writer, place.leaf);
        break;
      case field.bloomFilterOffset:
        if (place.bloomFilter !== undefined) writer.i64(id, place.bloomFilter.offset);
        break;
      case field.bloomFilterLength:
        if (place.bloomFilter !== undefined) writer.i32(id, place.bloomFilter.length);
        break;
    }
    reader.skip(type);
    if (copied.has(id)) writer.copy(id, type, bytes, at, reader.at);
  }
  writer.end();
  writer.leave();
}

function copyStatistics(reader: ThriftReader, writer: ThriftWriter, isOrdered: boolean): void {
  writer.struct(field.statistics);
  for (let id = reader.next(0); id !== 0; id = reader.next(id)) {
    const { at, type } = reader;
    reader.skip();
    if (counts.has(id) || (isOrdered && bounds.has(id))) writer.copy(id, type, reader.bytes, at, reader.at);
  }
  writer.end();
}

const uncompressed = 0;
const plain = 0;
const rle = 3;

/** Writes the struct of a chunk that is one page of nulls; `endChunk` is to end it. */
export function writeNullChunk(writer: ThriftWriter, rows: number, sizeBytes: number, place: ChunkPlace): void {
  beginChunk(writer);
  writer.i32(field.type, place.leaf.type);
  writer.list(field.encodings, thrift.i32, 2);
  writer.integer(plain);
  writer.integer(rle);
  writePath(writer, place.leaf);
  writer.i32(field.codec, uncompressed);
  writer.i64(field.values, rows);
  writer.i64(field.uncompressedBytes, sizeBytes);
  writer.i64(field.compressedBytes, sizeBytes);
  writer.i64(field.dataOffset, place.offset);
  writer.struct(field.statistics);
  writer.i64(nullCount, rows);
  writer.end();
  writer.end();
  writer.leave();
}

function beginChunk(writer: ThriftWriter): void {
  writer.begin();
  writer.i64(chunkField.fileOffset, 0);
  writer.struct(chunkField.metaData);
}

/** Ends the struct of a chunk, in whichever writer it goes on. */
export function endChunk(writer: ThriftWriter, { offsetIndex, columnIndex }: IndexPlace): void {
  writer.begin(chunkField.metaData);
  if (offsetIndex !== undefined) {
    writer.i64(chunkField.offsetIndexOffset, offsetIndex.offset);
    writer.i32(chunkField.offsetIndexLength, offsetIndex.length);
  }
  if (columnIndex !== undefined) {
    writer.i64(chunkField.columnIndexOffset, columnIndex.offset);
    writer.i32(chunkField.columnIndexLength, columnIndex.length);
  }
  writer.end();
}

function writePath(writer: ThriftWriter, { path }: ParquetLeaf): void {
  writer.list(field.path, thrift.binary, path.length);
  for (const name of path) writer.binaryElement(name);
}
