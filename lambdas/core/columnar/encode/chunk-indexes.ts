import { thrift } from '../footer/thrift-reader.ts';
import { ThriftWriter } from '../footer/thrift-writer.ts';
import type { StoredBounds } from './chunk-statistics.ts';
import type { ColumnChunk, StoredPage } from './column-chunk.ts';

/** BoundaryOrder (parquet.thrift): pages in no order. */
const unordered = 0;
const ascending = 1;
/** As much as the indexes of one page take, mostly. */
const indexBytes = 64;
/** An element of a list of booleans. */
const trueElement = Uint8Array.of(1);
const falseElement = Uint8Array.of(2);
const nothing = new Uint8Array(0);

/** Where a chunk's pages are and at which row each begins. `chunkOffset`: the chunk's place in the file. */
export function offsetIndex({ pages }: ColumnChunk, chunkOffset: number): Uint8Array {
  const writer = new ThriftWriter(indexBytes);
  writer.begin();
  writer.list(1, thrift.struct, pages.length);
  for (const { offset, sizeBytes, range } of pages) {
    writer.begin();
    writer.i64(1, chunkOffset + offset);
    writer.i32(2, sizeBytes);
    writer.i64(3, range.firstRow);
    writer.end();
  }
  writer.end();
  return writer.bytes;
}

/** Nulls and bounds page by page; nothing where a page has values without bounds. */
export function columnIndex({ pages }: ColumnChunk): Uint8Array | undefined {
  if (pages.some(({ range, bounds }) => range.values > 0 && bounds === undefined)) return undefined;
  const writer = new ThriftWriter(indexBytes);
  writer.begin();
  writer.list(1, thrift.true, pages.length);
  for (const { range } of pages) writer.raw(range.values === 0 ? trueElement : falseElement, 0, 1);
  writeBounds(writer, 2, pages, (bounds) => bounds.least);
  writeBounds(writer, 3, pages, (bounds) => bounds.greatest);
  writer.i32(4, pages.length === 1 ? ascending : unordered);
  writer.list(5, thrift.i64, pages.length);
  for (const { range } of pages) writer.integer(range.entries - range.values);
  writer.end();
  return writer.bytes;
}

function writeBounds(
  writer: ThriftWriter,
  id: number,
  pages: readonly StoredPage[],
  boundOf: (bounds: StoredBounds) => Uint8Array,
): void {
  writer.list(id, thrift.binary, pages.length);
  for (const { bounds } of pages) writer.binaryElement(bounds === undefined ? nothing : boundOf(bounds));
}
