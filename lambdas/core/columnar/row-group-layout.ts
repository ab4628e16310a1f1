import { type ChunkPlace, type ColumnChunk, type Extent, writeMovedChunk, writeNullChunk } from './copied-chunk.ts';
import { nullPages } from './null-chunk.ts';
import { type IndexBytes, writeMovedOffsets, writeNullPageBounds, writeOnePageOffsets } from './copied-index.ts';
import type { ParquetColumn, ParquetLeaf } from './parquet-columns.ts';
import type { FooterGroup, KeyValue, ParquetFooter } from './parquet-footer.ts';
import { thrift } from './thrift-reader.ts';
import { ThriftWriter } from './thrift-writer.ts';

/** Bytes that come next: those of the source file from `start` to `end` (exclusive), or new ones. */
export type Piece = { start: number; end: number } | { bytes: Uint8Array };

/** What a layout takes row groups of. */
export interface LayoutSource {
  /** For messages. */
  path: string;
  footer: Pick<ParquetFooter, 'bytes' | 'isOrdered' | 'isEncrypted'>;
  /** Its columns; one and the same array for sources that are stored alike. */
  columns: readonly ParquetColumn[];
  groups: readonly FooterGroup[];
  /** Absent: page indexes are left out. */
  indexes?: IndexBytes | undefined;
}

type PlacedChunk = { extent: Extent; leaf: ParquetLeaf } & (
  | { source: LayoutSource; chunk: ColumnChunk; bloomFilter: Extent | undefined }
  | { source: undefined; rows: number }
);

interface PlacedGroup {
  rows: number;
  uncompressedBytes: number;
  compressedBytes: number;
  chunks: PlacedChunk[];
}

const utf8 = new TextEncoder();
const magic = utf8.encode('PAR1');

/**
 * Lays row groups of other files out as one file: where their chunks come to lie, and the footer that says so. Pages and Bloom
 * filters stay as they are; columns that a file lacks become chunks of nulls. Page indexes come along, their offsets changed, if
 * every source has them: readers take a file that has some for a damaged one.
 */
export class RowGroupLayout {
  readonly #columns: readonly ParquetColumn[];
  readonly #leaves: readonly ParquetLeaf[];
  readonly #groups: PlacedGroup[] = [];
  /** By columns of a source, where each leaf of the layout is among the source's; −1: nowhere. */
  readonly #origins = new Map<readonly ParquetColumn[], readonly number[]>();
  #offset = magic.length;
  #rows = 0;
  #hasIndexes = true;

  constructor(columns: readonly ParquetColumn[]) {
    this.#columns = columns;
    this.#leaves = columns.flatMap(({ leaves }) => leaves);
  }

  get rows(): number {
    return this.#rows;
  }

  get rowGroups(): number {
    return this.#groups.length;
  }

  /** Bytes laid out so far, without what `end` answers. */
  get sizeBytes(): number {
    return this.#offset;
  }

  /** The file's first bytes. */
  readonly head: Uint8Array = magic;

  /**
   * Takes row groups: the bytes to write next, in order.
   *
   * @throws {Error} naming the path when the footer contradicts itself, or the data is encrypted or in other files.
   */
  add(source: LayoutSource): Piece[] {
    const { path, footer, groups } = source;
    if (footer.isEncrypted) throw new Error(`${path}: expected data that is not encrypted`);
    const { origins, leaves } = this.#originsIn(source.columns);
    this.#hasIndexes &&= source.indexes !== undefined;
    const pieces: Piece[] = [];
    for (const { rows, chunks } of groups) {
      if (chunks.length !== leaves) {
        throw new Error(`${path}: expected row groups of ${leaves} column chunks, found ${chunks.length}`);
      }
      const placed = origins.map((origin, index): PlacedChunk => {
        const leaf = this.#leaves[index] as ParquetLeaf;
        if (origin >= 0) return this.#place(source, chunks[origin] as ColumnChunk, leaf, pieces);
        const bytes = nullPages(leaf, rows);
        const extent = this.#append(pieces, { bytes });
        return { extent, leaf, source: undefined, rows };
      });
      this.#placeBloomFilters(placed, pieces);
      this.#rows += rows;
      this.#groups.push(groupOf(placed, rows));
    }
    return pieces;
  }

  #originsIn(columns: readonly ParquetColumn[]): { origins: readonly number[]; leaves: number } {
    const leaves = columns.reduce((total, column) => total + column.leaves.length, 0);
    let origins = this.#origins.get(columns);
    if (origins === undefined) {
      const firstLeaf = new Map<string, number>();
      let next = 0;
      for (const { name, leaves: own } of columns) {
        firstLeaf.set(name, next);
        next += own.length;
      }
      origins = this.#columns.flatMap(({ name, leaves: own }) => {
        const first = firstLeaf.get(name);
        return own.map((_, index) => (first === undefined ? -1 : first + index));
      });
      this.#origins.set(columns, origins);
    }
    return { origins, leaves };
  }

  #place(source: LayoutSource, chunk: ColumnChunk, leaf: ParquetLeaf, pieces: Piece[]): PlacedChunk {
    const { offset, length } = chunk.pages;
    if (chunk.metaDataAt < 0 || chunk.isElsewhere) {
      throw new Error(
        `${source.path}: expected column chunks with their metadata, in the file itself and not encrypted`,
      );
    }
    if (offset < magic.length || length < 0) {
      throw new Error(`${source.path}: expected column chunks within the file, found ${length} bytes from ${offset}`);
    }
    const extent = this.#append(pieces, { start: offset, end: offset + length });
    return { extent, leaf, source, chunk, bloomFilter: undefined };
  }

  /** Behind the row group that they are of, where parquet-format allows them. */
  #placeBloomFilters(placed: readonly PlacedChunk[], pieces: Piece[]): void {
    for (const chunk of placed) {
      const filter = chunk.source === undefined ? undefined : chunk.chunk.bloomFilter;
      if (chunk.source === undefined || filter === undefined || filter.length <= 0 || filter.offset <= 0) continue;
      chunk.bloomFilter = this.#append(pieces, { start: filter.offset, end: filter.offset + filter.length });
    }
  }

  /** Neighbours in the source stay one piece, so that they are read at once. */
  #append(pieces: Piece[], piece: Piece): Extent {
    const length = 'bytes' in piece ? piece.bytes.length : piece.end - piece.start;
    const extent = { offset: this.#offset, length };
    const last = pieces.at(-1);
    if (last !== undefined && 'start' in last && 'start' in piece && last.end === piece.start) last.end = piece.end;
    else pieces.push(piece);
    this.#offset += length;
    return extent;
  }

  /** The file's last bytes: page indexes and the footer. */
  end(createdBy: string, keyValues: readonly KeyValue[]): Uint8Array {
    const writer = new ThriftWriter();
    const places = this.#groups.map(({ chunks }) => chunks.map((chunk) => this.#indexed(chunk, writer)));
    const footerStart = writer.length;
    this.#writeFooter(writer, places, createdBy, keyValues);
    const footerBytes = writer.length - footerStart;
    const trailer = new Uint8Array(8);
    new DataView(trailer.buffer).setUint32(0, footerBytes, true);
    trailer.set(magic, 4);
    writer.raw(trailer, 0, trailer.length);
    return writer.bytes;
  }

  /** A chunk's place, its page indexes written. */
  #indexed(placed: PlacedChunk, writer: ThriftWriter): ChunkPlace {
    const { extent, leaf } = placed;
    const place: ChunkPlace = {
      leaf,
      offset: extent.offset,
      bloomFilter: placed.source === undefined ? undefined : placed.bloomFilter,
      columnIndex: undefined,
      offsetIndex: undefined,
    };
    if (!this.#hasIndexes) return place;
    const written = (write: () => void): Extent => {
      const start = writer.length;
      write();
      return { offset: this.#offset + start, length: writer.length - start };
    };
    if (placed.source === undefined) {
      place.columnIndex = written(() => writeNullPageBounds(writer, placed.rows));
      place.offsetIndex = written(() => writeOnePageOffsets(writer, extent));
      return place;
    }
    const { columnIndex, offsetIndex, pages } = placed.chunk;
    const indexes = placed.source.indexes as IndexBytes;
    if (columnIndex !== undefined && placed.source.footer.isOrdered) {
      const start = columnIndex.offset - indexes.start;
      place.columnIndex = written(() => writer.raw(indexes.bytes, start, start + columnIndex.length));
    }
    const moved = extent.offset - pages.offset;
    place.offsetIndex = written(() => writeMovedOffsets(writer, indexes, offsetIndex as Extent, moved));
    return place;
  }

  #writeFooter(
    writer: ThriftWriter,
    places: readonly ChunkPlace[][],
    createdBy: string,
    keyValues: readonly KeyValue[],
  ): void {
    const elements = this.#columns.flatMap(({ elements: own }) => own);
    writer.begin();
    writer.i32(1, 2);
    writer.list(2, thrift.struct, elements.length + 1);
    writer.begin();
    writer.binary(4, utf8.encode('schema'));
    writer.i32(5, this.#columns.length);
    writer.end();
    for (const { bytes } of elements) writer.raw(bytes, 0, bytes.length);
    writer.i64(3, this.#rows);
    writer.list(4, thrift.struct, this.#groups.length);
    for (const [index, group] of this.#groups.entries()) writeGroup(writer, group, places[index] as ChunkPlace[]);
    if (keyValues.length > 0) {
      writer.list(5, thrift.struct, keyValues.length);
      for (const { field_1, field_2 } of keyValues) {
        writer.begin();
        writer.binary(1, field_1);
        if (field_2 !== undefined) writer.binary(2, field_2);
        writer.end();
      }
    }
    writer.binary(6, utf8.encode(createdBy));
    // The order of each leaf's values is that of its type: an empty struct in a union.
    writer.list(7, thrift.struct, this.#leaves.length);
    for (const _ of this.#leaves) {
      writer.begin();
      writer.struct(1);
      writer.end();
      writer.end();
    }
    writer.end();
  }
}

function groupOf(chunks: PlacedChunk[], rows: number): PlacedGroup {
  let uncompressedBytes = 0;
  let compressedBytes = 0;
  for (const placed of chunks) {
    compressedBytes += placed.extent.length;
    uncompressedBytes += placed.source === undefined ? placed.extent.length : placed.chunk.uncompressedBytes;
  }
  return { rows, uncompressedBytes, compressedBytes, chunks };
}

function writeGroup(writer: ThriftWriter, group: PlacedGroup, places: readonly ChunkPlace[]): void {
  const { rows, uncompressedBytes, compressedBytes, chunks } = group;
  writer.begin();
  writer.list(1, thrift.struct, chunks.length);
  for (const [index, placed] of chunks.entries()) {
    const place = places[index] as ChunkPlace;
    if (placed.source === undefined) writeNullChunk(writer, placed.rows, placed.extent.length, place);
    else writeMovedChunk(writer, placed.source.footer, placed.chunk, place);
  }
  writer.i64(2, uncompressedBytes);
  writer.i64(3, rows);
  writer.i64(5, places[0]?.offset ?? 0);
  writer.i64(6, compressedBytes);
  writer.end();
}
