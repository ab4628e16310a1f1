import type { DataType } from '#delta/schema.ts';
import { thrift } from '../footer/thrift-reader.ts';
import { ThriftWriter } from '../footer/thrift-writer.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { FileColumns } from '../vector/vector.ts';
import { columnIndex, offsetIndex } from './chunk-indexes.ts';
import { type ColumnChunk, encodeChunk } from './column-chunk.ts';
import { createdBy } from './created-by.ts';
import { takeLeaves } from './leaf.ts';
import { leafType } from './leaf-type.ts';
import type { Compression } from './page-compression.ts';
import { encodings, pageTypes } from './page-header.ts';
import { writeSchema } from './parquet-schema.ts';

const magic = new TextEncoder().encode('PAR1');
const utf8 = new TextEncoder();
const formatVersion = 2;

/** Whether columns of a type are written here: all of Delta's but variants and void. */
export function encodesType(type: DataType): boolean {
  if (typeof type === 'string') return leafType(type) !== undefined;
  switch (type.type) {
    case 'array':
      return encodesType(type.elementType);
    case 'struct':
      return type.fields.length > 0 && type.fields.every((field) => encodesType(field.type));
    case 'map':
      return encodesType(type.keyType) && encodesType(type.valueType);
  }
}

/** Columns as one Parquet file of one row group. `bloomFilters`: names of top-level columns whose leaves get one. */
export function encodeColumns(
  columns: FileColumns,
  compression: Compression,
  kernel: Kernel,
  bloomFilters: ReadonlySet<string>,
): Uint8Array {
  const leaves = encodeChunks(columns, compression, kernel, bloomFilters).flat();
  return layOutFile(columns.fields, [{ rows: columns.rows, leaves }]);
}

/** The leaves of each column, encoded; none where there are no rows. */
export function encodeChunks(
  { fields, columns, rows }: FileColumns,
  compression: Compression,
  kernel: Kernel,
  bloomFilters: ReadonlySet<string>,
): ColumnChunk[][] {
  for (const column of columns) column.prepare?.();
  return fields.map((field, index) => {
    const chunks: ColumnChunk[] = [];
    const options = { rows, compression, hasBloomFilter: bloomFilters.has(field.name) };
    if (rows === 0) return chunks;
    takeLeaves(kernel, field, columns[index]!, (leaf) => {
      chunks.push(encodeChunk(kernel, leaf, options));
    });
    return chunks;
  });
}

/** Rows of a file that lie together: all their leaves in the schema's order. */
export interface RowGroup {
  rows: number;
  leaves: readonly ColumnChunk[];
}

/** A file of these row groups, without those that have no rows. */
export function layOutFile(fields: FileColumns['fields'], groups: readonly RowGroup[]): Uint8Array {
  const file = new FileLayout();
  const placed = groups.filter(({ rows }) => rows > 0).map((group) => placeGroup(file, group));
  const footer = new ThriftWriter();
  footer.begin();
  footer.i32(1, formatVersion);
  writeSchema(footer, 2, fields);
  footer.i64(
    3,
    placed.reduce((sum, { rows }) => sum + rows, 0),
  );
  footer.list(4, thrift.struct, placed.length);
  for (const group of placed) writeRowGroup(footer, file, group);
  footer.binary(6, utf8.encode(createdBy));
  const count = placed[0]?.chunks.length ?? fields.reduce((sum, field) => sum + leavesOf(field.type), 0);
  footer.list(7, thrift.struct, count);
  for (let leaf = 0; leaf < count; leaf++) writeTypeOrder(footer);
  footer.end();
  return file.end(footer.bytes);
}

interface PlacedGroup {
  rows: number;
  chunks: readonly PlacedChunk[];
  data: Extent;
}

function placeGroup(file: FileLayout, { rows, leaves }: RowGroup): PlacedGroup {
  const offset = file.sizeBytes;
  const chunks = leaves.map((chunk) => {
    const placed = { ...chunk, offset: file.sizeBytes };
    for (const bytes of chunk.bytes) file.append(bytes);
    return placed;
  });
  return { rows, chunks, data: { offset, sizeBytes: file.sizeBytes - offset } };
}

type PlacedChunk = ColumnChunk & { offset: number };

class FileLayout {
  readonly #pieces: Uint8Array[] = [magic];
  sizeBytes = magic.length;

  /** Answers where the bytes begin. */
  append(bytes: Uint8Array): number {
    const offset = this.sizeBytes;
    this.#pieces.push(bytes);
    this.sizeBytes += bytes.length;
    return offset;
  }

  /** No Buffer: its `slice` would be a view. */
  end(footer: Uint8Array): Uint8Array {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(footer.length);
    const pieces = [...this.#pieces, footer, length, magic];
    const file = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let end = 0;
    for (const piece of pieces) {
      file.set(piece, end);
      end += piece.length;
    }
    return file;
  }
}

interface Extent {
  offset: number;
  sizeBytes: number;
}

interface Indexes {
  bloomFilter: Extent | undefined;
  columnIndex: Extent | undefined;
  offsetIndex: Extent;
}

function writeRowGroup(writer: ThriftWriter, file: FileLayout, { rows, chunks, data }: PlacedGroup): void {
  const placed = (bytes: Uint8Array | undefined): Extent | undefined =>
    bytes === undefined ? undefined : { offset: file.append(bytes), sizeBytes: bytes.length };
  const bloomFilters = chunks.map(({ bloomFilter }) => placed(bloomFilter));
  const columnIndexes = chunks.map((chunk) => placed(columnIndex(chunk)));
  const offsetIndexes = chunks.map((chunk) => placed(offsetIndex(chunk, chunk.offset)) as Extent);
  writer.begin();
  writer.list(1, thrift.struct, chunks.length);
  for (const [index, chunk] of chunks.entries()) {
    writeChunk(writer, chunk, {
      bloomFilter: bloomFilters[index],
      columnIndex: columnIndexes[index],
      offsetIndex: offsetIndexes[index] as Extent,
    });
  }
  writer.i64(
    2,
    chunks.reduce((sum, { uncompressedBytes }) => sum + uncompressedBytes, 0),
  );
  writer.i64(3, rows);
  writer.i64(5, data.offset);
  writer.i64(6, data.sizeBytes);
  writer.end();
}

function writeChunk(writer: ThriftWriter, chunk: PlacedChunk, indexes: Indexes): void {
  const { leaf, dictionaryBytes, offset, pages } = chunk;
  const isDictionary = dictionaryBytes > 0;
  const encoding = isDictionary ? encodings.dictionary : encodings.plain;
  writer.begin();
  writer.i64(2, 0);
  writer.struct(3);
  writer.i32(1, leafType(leaf.type)!.physical);
  const used = isDictionary ? [encodings.plain, encodings.levels, encoding] : [encodings.plain, encodings.levels];
  writer.list(2, thrift.i32, used.length);
  for (const number of used) writer.integer(number);
  writer.list(3, thrift.binary, leaf.path.length);
  for (const name of leaf.path) writer.binaryElement(utf8.encode(name));
  writer.i32(4, chunk.codec);
  writer.i64(5, chunk.entries);
  writer.i64(6, chunk.uncompressedBytes);
  writer.i64(7, chunk.sizeBytes);
  writer.i64(9, offset + dictionaryBytes);
  if (isDictionary) writer.i64(11, offset);
  writeStatistics(writer, 12, chunk);
  writer.list(13, thrift.struct, isDictionary ? 2 : 1);
  if (isDictionary) writeEncodingStatistics(writer, pageTypes.dictionary, encodings.plain, 1);
  writeEncodingStatistics(writer, pageTypes.data, encoding, pages.length);
  if (indexes.bloomFilter !== undefined) {
    writer.i64(14, indexes.bloomFilter.offset);
    writer.i32(15, indexes.bloomFilter.sizeBytes);
  }
  writer.end();
  writer.i64(4, indexes.offsetIndex.offset);
  writer.i32(5, indexes.offsetIndex.sizeBytes);
  if (indexes.columnIndex !== undefined) {
    writer.i64(6, indexes.columnIndex.offset);
    writer.i32(7, indexes.columnIndex.sizeBytes);
  }
  writer.end();
}

function writeStatistics(writer: ThriftWriter, id: number, { nulls, bounds }: ColumnChunk): void {
  writer.struct(id);
  writer.i64(3, nulls);
  if (bounds !== undefined) {
    writer.binary(5, bounds.greatest);
    writer.binary(6, bounds.least);
    writer.boolean(7, bounds.greatestIsExact);
    writer.boolean(8, bounds.leastIsExact);
  }
  writer.end();
}

function writeEncodingStatistics(writer: ThriftWriter, pageType: number, encoding: number, pages: number): void {
  writer.begin();
  writer.i32(1, pageType);
  writer.i32(2, encoding);
  writer.i32(3, pages);
  writer.end();
}

/** Bounds are ordered as the column's type says. */
function writeTypeOrder(writer: ThriftWriter): void {
  writer.begin();
  writer.struct(1);
  writer.end();
  writer.end();
}

function leavesOf(type: DataType): number {
  if (typeof type === 'string') return 1;
  switch (type.type) {
    case 'struct':
      return type.fields.reduce((sum, field) => sum + leavesOf(field.type), 0);
    case 'array':
      return leavesOf(type.elementType);
    case 'map':
      return leavesOf(type.keyType) + leavesOf(type.valueType);
  }
}
