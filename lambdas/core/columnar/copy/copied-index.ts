import type { FooterGroup } from '../footer/parquet-footer.ts';
import { ThriftReader, thrift } from '../footer/thrift-reader.ts';
import type { ThriftWriter } from '../footer/thrift-writer.ts';
import type { Extent } from './copied-chunk.ts';

/** The part of a file that holds its column and offset indexes. */
export interface IndexBytes {
  /** Where in the file the bytes begin. */
  start: number;
  bytes: Uint8Array;
}

/** Where the indexes of row groups lie, from the first to the last; nothing where a chunk has none for its offsets. */
export function indexesOf(groups: readonly FooterGroup[]): { start: number; end: number } | undefined {
  let start = Number.POSITIVE_INFINITY;
  let end = 0;
  for (const group of groups) {
    for (const { offsetIndex, columnIndex } of group.chunks()) {
      if (offsetIndex === undefined) return undefined;
      for (const extent of [offsetIndex, columnIndex]) {
        if (extent === undefined) continue;
        start = Math.min(start, extent.offset);
        end = Math.max(end, extent.offset + extent.length);
      }
    }
  }
  return end === 0 ? undefined : { start, end };
}

/** Fields of OffsetIndex: page locations first; of PageLocation: offset, compressed size, first row of the row group. */
const locations = 1;
const location = { offset: 1, sizeBytes: 2, firstRow: 3 } as const;

/** Writes a chunk's offset index with all its offsets moved. */
export function writeMovedOffsets(writer: ThriftWriter, { start, bytes }: IndexBytes, at: Extent, moved: number): void {
  const reader = new ThriftReader(bytes, at.offset - start);
  writer.begin();
  for (let id = reader.next(0); id !== 0; id = reader.next(id)) {
    const { at: valueAt, type } = reader;
    if (id !== locations) {
      reader.skip();
      writer.copy(id, type, bytes, valueAt, reader.at);
      continue;
    }
    const pages = reader.list();
    writer.list(locations, thrift.struct, pages);
    for (let page = 0; page < pages; page++) movePage(reader, writer, moved);
  }
  writer.end();
}

function movePage(reader: ThriftReader, writer: ThriftWriter, moved: number): void {
  writer.begin();
  for (let id = reader.next(0); id !== 0; id = reader.next(id)) {
    const { at, type } = reader;
    if (id === location.offset) writer.i64(id, reader.integer() + moved);
    else {
      reader.skip();
      writer.copy(id, type, reader.bytes, at, reader.at);
    }
  }
  writer.end();
}

/** Writes the offset index of a chunk of one page. */
export function writeOnePageOffsets(writer: ThriftWriter, { offset, length }: Extent): void {
  writer.begin();
  writer.list(locations, thrift.struct, 1);
  writer.begin();
  writer.i64(location.offset, offset);
  writer.i32(location.sizeBytes, length);
  writer.i64(location.firstRow, 0);
  writer.end();
  writer.end();
}

/** Fields of ColumnIndex. */
const columnIndex = { nullPages: 1, minValues: 2, maxValues: 3, boundaryOrder: 4, nullCounts: 5 } as const;
const ascending = 1;
const none = new Uint8Array();

/** Writes the column index of a chunk that is one page of nulls. */
export function writeNullPageBounds(writer: ThriftWriter, rows: number): void {
  writer.begin();
  writer.list(columnIndex.nullPages, thrift.true, 1);
  writer.byteElement(thrift.true);
  writer.list(columnIndex.minValues, thrift.binary, 1);
  writer.binaryElement(none);
  writer.list(columnIndex.maxValues, thrift.binary, 1);
  writer.binaryElement(none);
  writer.i32(columnIndex.boundaryOrder, ascending);
  writer.list(columnIndex.nullCounts, thrift.i64, 1);
  writer.integer(rows);
  writer.end();
}
