import type { ParquetColumn, ParquetLeaf } from '../footer/parquet-columns.ts';
import type { FooterGroup, KeyValue, ParquetFooter } from '../footer/parquet-footer.ts';
import { thrift } from '../footer/thrift-reader.ts';
import { ThriftWriter } from '../footer/thrift-writer.ts';
import { type ChunkPlace, type ColumnChunk, type Extent, writeMovedChunk, writeNullChunk } from './copied-chunk.ts';
import { type IndexBytes, writeMovedOffsets, writeNullPageBounds, writeOnePageOffsets } from './copied-index.ts';
import { nullPages } from './null-chunk.ts';

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

/** A row group at its new place. There may be many of them, of many chunks each: no object is kept for a chunk. */
interface PlacedGroup {
  source: LayoutSource;
  group: FooterGroup;
  /** Of each leaf's chunk, and of its Bloom filter: 0 where there is none. */
  offsets: Float64Array;
  bloomFilters: Float64Array | undefined;
  uncompressedBytes: number;
  compressedBytes: number;
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
    for (const group of groups) {
      const chunks = group.chunks();
      if (chunks.length !== leaves) {
        throw new Error(`${path}: expected row groups of ${leaves} column chunks, found ${chunks.length}`);
      }
      const offsets = new Float64Array(origins.length);
      const startsAt = this.#offset;
      let uncompressedBytes = 0;
      for (const [index, origin] of origins.entries()) {
        const chunk = origin < 0 ? undefined : (chunks[origin] as ColumnChunk);
        if (chunk !== undefined) assertPages(chunk, path);
        const piece = chunk === undefined ? this.#nulls(index, group) : pieceOf(chunk.pages);
        offsets[index] = this.#append(pieces, piece);
        uncompressedBytes += chunk?.uncompressedBytes ?? this.#offset - (offsets[index] as number);
      }
      const compressedBytes = this.#offset - startsAt;
      const bloomFilters = this.#placeBloomFilters(chunks, origins, pieces);
      this.#rows += group.rows;
      this.#groups.push({ source, group, offsets, bloomFilters, uncompressedBytes, compressedBytes });
    }
    return pieces;
  }

  #nulls(leaf: number, { rows }: FooterGroup): { bytes: Uint8Array } {
    return { bytes: nullPages(this.#leaves[leaf] as ParquetLeaf, rows) };
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

  /** Behind the row group that they are of, where parquet-format allows them. */
  #placeBloomFilters(
    chunks: readonly ColumnChunk[],
    origins: readonly number[],
    pieces: Piece[],
  ): Float64Array | undefined {
    let offsets: Float64Array | undefined;
    for (const [index, origin] of origins.entries()) {
      const filter = chunks[origin]?.bloomFilter;
      if (filter === undefined || filter.length <= 0 || filter.offset <= 0) continue;
      offsets ??= new Float64Array(origins.length);
      offsets[index] = this.#append(pieces, pieceOf(filter));
    }
    return offsets;
  }

  /** Answers where it comes to lie. Neighbours in the source stay one piece, so that they are read at once. */
  #append(pieces: Piece[], piece: Piece): number {
    const offset = this.#offset;
    this.#offset += 'bytes' in piece ? piece.bytes.length : piece.end - piece.start;
    const last = pieces.at(-1);
    if (last !== undefined && 'start' in last && 'start' in piece && last.end === piece.start) last.end = piece.end;
    else pieces.push(piece);
    return offset;
  }

  /** The file's last bytes: page indexes and the footer. */
  end(createdBy: string, keyValues: readonly KeyValue[]): Uint8Array {
    const indexes = new ThriftWriter();
    const groups = new ThriftWriter();
    for (const placed of this.#groups) this.#writeGroup(placed, groups, indexes);
    const writer = new ThriftWriter();
    writer.raw(indexes.bytes, 0, indexes.length);
    this.#writeFooter(writer, groups.bytes, createdBy, keyValues);
    const footerBytes = writer.length - indexes.length;
    const trailer = new Uint8Array(8);
    new DataView(trailer.buffer).setUint32(0, footerBytes, true);
    trailer.set(magic, 4);
    writer.raw(trailer, 0, trailer.length);
    return writer.bytes;
  }

  #writeGroup(placed: PlacedGroup, writer: ThriftWriter, indexes: ThriftWriter): void {
    const { source, group, offsets, bloomFilters, uncompressedBytes, compressedBytes } = placed;
    const chunks = group.chunks();
    const { origins } = this.#originsIn(source.columns);
    writer.begin();
    writer.list(1, thrift.struct, origins.length);
    for (const [index, origin] of origins.entries()) {
      const leaf = this.#leaves[index] as ParquetLeaf;
      const offset = offsets[index] as number;
      if (origin < 0) {
        const { length } = nullPages(leaf, group.rows);
        const place = { leaf, offset, ...this.#nullIndexes({ offset, length }, group.rows, indexes) };
        writeNullChunk(writer, group.rows, length, place);
        continue;
      }
      const chunk = chunks[origin] as ColumnChunk;
      const bloomOffset = bloomFilters?.[index] ?? 0;
      const bloomFilter = bloomOffset > 0 ? { offset: bloomOffset, length: chunk.bloomFilter?.length ?? 0 } : undefined;
      const place = { leaf, offset, bloomFilter, ...this.#movedIndexes(source, chunk, offset, indexes) };
      writeMovedChunk(writer, source.footer, chunk, place);
    }
    writer.i64(2, uncompressedBytes);
    writer.i64(3, group.rows);
    writer.i64(5, offsets[0] ?? 0);
    writer.i64(6, compressedBytes);
    writer.end();
  }

  #nullIndexes(pages: Extent, rows: number, indexes: ThriftWriter): Pick<ChunkPlace, 'columnIndex' | 'offsetIndex'> {
    if (!this.#hasIndexes) return {};
    return {
      columnIndex: this.#written(indexes, () => writeNullPageBounds(indexes, rows)),
      offsetIndex: this.#written(indexes, () => writeOnePageOffsets(indexes, pages)),
    };
  }

  #movedIndexes(
    { indexes: from, footer }: LayoutSource,
    { columnIndex, offsetIndex, pages }: ColumnChunk,
    offset: number,
    indexes: ThriftWriter,
  ): Pick<ChunkPlace, 'columnIndex' | 'offsetIndex'> {
    if (!this.#hasIndexes || from === undefined || offsetIndex === undefined) return {};
    const start = (columnIndex?.offset ?? 0) - from.start;
    return {
      ...(columnIndex !== undefined &&
        footer.isOrdered && {
          columnIndex: this.#written(indexes, () => indexes.raw(from.bytes, start, start + columnIndex.length)),
        }),
      offsetIndex: this.#written(indexes, () => writeMovedOffsets(indexes, from, offsetIndex, offset - pages.offset)),
    };
  }

  /** Where in the file what is written now comes to lie. */
  #written(indexes: ThriftWriter, write: () => void): Extent {
    const start = indexes.length;
    write();
    return { offset: this.#offset + start, length: indexes.length - start };
  }

  #writeFooter(writer: ThriftWriter, groups: Uint8Array, createdBy: string, keyValues: readonly KeyValue[]): void {
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
    writer.raw(groups, 0, groups.length);
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

const pieceOf = ({ offset, length }: Extent): Piece => ({ start: offset, end: offset + length });

function assertPages({ metaDataAt, isElsewhere, pages: { offset, length } }: ColumnChunk, path: string): void {
  if (metaDataAt < 0 || isElsewhere) {
    throw new Error(`${path}: expected column chunks with their metadata, in the file itself and not encrypted`);
  }
  if (offset < magic.length || length < 0) {
    throw new Error(`${path}: expected column chunks within the file, found ${length} bytes from ${offset}`);
  }
}
