import type { ParquetColumn, ParquetLeaf } from '../footer/parquet-columns.ts';
import type { KeyValue, ParquetFooter } from '../footer/parquet-footer.ts';
import { thrift } from '../footer/thrift-reader.ts';
import { ThriftWriter } from '../footer/thrift-writer.ts';
import { ByteLog } from './byte-log.ts';
import {
  type ChunkPlace,
  type ColumnChunk,
  type Extent,
  endChunk,
  writeMovedChunk,
  writeNullChunk,
} from './copied-chunk.ts';
import { type IndexBytes, writeMovedOffsets, writeNullPageBounds, writeOnePageOffsets } from './copied-index.ts';

/** A row group at its new place. */
export interface PlacedGroup {
  rows: number;
  chunks: readonly PlacedChunk[];
  uncompressedBytes: number;
  compressedBytes: number;
}

/** `copied`: absent for a chunk of nulls, whose one page takes `sizeBytes`. */
export interface PlacedChunk extends ChunkPlace {
  copied: ColumnChunk | undefined;
  sizeBytes: number;
}

/** What row groups are copied from. */
export interface FooterSource {
  footer: Pick<ParquetFooter, 'bytes' | 'isOrdered'>;
  /** Absent: page indexes are left out of the whole file. */
  indexes?: IndexBytes | undefined;
}

const utf8 = new TextEncoder();
const magic = utf8.encode('PAR1');
/** The footer is answered in pieces of about this. */
const pieceBytes = 64 * 1024;

/**
 * The footer of a file in the making, and its page indexes. Each row group's part is written when the group is placed, so that of a
 * row group nothing is kept but these bytes; where page indexes lie is put in at the end.
 */
export class CopiedFooter {
  readonly #columns: readonly ParquetColumn[];
  readonly #writer = new ThriftWriter();
  readonly #groups = new ByteLog();
  #groupCount = 0;
  #rows = 0;
  /** Where in `#groups` the chunks end. */
  readonly #chunkEnds: number[] = [];
  /** Page indexes, and of each chunk the length of both: 0 where there is none. */
  #indexes: { bytes: ByteLog; columnLengths: number[]; offsetLengths: number[] } | undefined = {
    bytes: new ByteLog(),
    columnLengths: [],
    offsetLengths: [],
  };

  constructor(columns: readonly ParquetColumn[]) {
    this.#columns = columns;
  }

  get rows(): number {
    return this.#rows;
  }

  get rowGroups(): number {
    return this.#groupCount;
  }

  add({ footer, indexes }: FooterSource, placed: PlacedGroup): void {
    if (indexes === undefined) this.#indexes = undefined;
    const { chunks, rows, uncompressedBytes, compressedBytes } = placed;
    const writer = this.#writer;
    writer.begin();
    writer.list(1, thrift.struct, chunks.length);
    for (const chunk of chunks) {
      if (chunk.copied === undefined) writeNullChunk(writer, rows, chunk.sizeBytes, chunk);
      else writeMovedChunk(writer, footer, chunk.copied, chunk);
      this.#chunkEnds.push(this.#groups.length + writer.length);
    }
    writer.i64(2, uncompressedBytes);
    writer.i64(3, rows);
    writer.i64(5, chunks[0]?.offset ?? 0);
    writer.i64(6, compressedBytes);
    writer.end();
    this.#groups.append(writer.take());
    this.#groupCount += 1;
    this.#rows += rows;
    if (indexes !== undefined) for (const chunk of chunks) this.#addIndexes(indexes, footer, chunk, rows);
  }

  #addIndexes(
    from: IndexBytes,
    { isOrdered }: Pick<ParquetFooter, 'isOrdered'>,
    { copied, offset, sizeBytes }: PlacedChunk,
    rows: number,
  ): void {
    if (this.#indexes === undefined) return;
    const { bytes, columnLengths, offsetLengths } = this.#indexes;
    const writer = this.#writer;
    if (copied === undefined) writeNullPageBounds(writer, rows);
    else if (copied.columnIndex !== undefined && isOrdered) {
      const start = copied.columnIndex.offset - from.start;
      writer.raw(from.bytes, start, start + copied.columnIndex.length);
    }
    const columnLength = writer.length;
    if (copied === undefined) writeOnePageOffsets(writer, { offset, length: sizeBytes });
    else if (copied.offsetIndex !== undefined) {
      writeMovedOffsets(writer, from, copied.offsetIndex, offset - copied.pages.offset);
    }
    columnLengths.push(columnLength);
    offsetLengths.push(writer.length - columnLength);
    bytes.append(writer.take());
  }

  /**
   * The file's last bytes, in pieces: page indexes and the footer. A piece may change once the next is asked for.
   *
   * @param startsAt where in the file they come to lie
   */
  *end(startsAt: number, createdBy: string, keyValues: readonly KeyValue[]): Generator<Uint8Array> {
    if (this.#indexes !== undefined) yield* this.#indexes.bytes.pieces();
    const writer = new ThriftWriter(2 * pieceBytes);
    let footerBytes = 0;
    this.#begin(writer);
    const copy = writer.raw.bind(writer);
    let at = 0;
    let indexAt = startsAt;
    for (const [chunk, end] of this.#chunkEnds.entries()) {
      this.#groups.copy(at, end, copy);
      at = end;
      const columnIndex = extentAt(indexAt, this.#indexes?.columnLengths[chunk]);
      indexAt += columnIndex?.length ?? 0;
      const offsetIndex = extentAt(indexAt, this.#indexes?.offsetLengths[chunk]);
      indexAt += offsetIndex?.length ?? 0;
      endChunk(writer, { columnIndex, offsetIndex });
      if (writer.length < pieceBytes) continue;
      footerBytes += writer.length;
      yield writer.take();
    }
    this.#groups.copy(at, this.#groups.length, copy);
    this.#finish(writer, createdBy, keyValues);
    footerBytes += writer.length;
    const trailer = new Uint8Array(8);
    new DataView(trailer.buffer).setUint32(0, footerBytes, true);
    trailer.set(magic, 4);
    writer.raw(trailer, 0, trailer.length);
    yield writer.bytes;
  }

  #begin(writer: ThriftWriter): void {
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
    writer.list(4, thrift.struct, this.#groupCount);
  }

  #finish(writer: ThriftWriter, createdBy: string, keyValues: readonly KeyValue[]): void {
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
    const leaves: ParquetLeaf[] = this.#columns.flatMap(({ leaves: own }) => own);
    writer.list(7, thrift.struct, leaves.length);
    for (const _ of leaves) {
      writer.begin();
      writer.struct(1);
      writer.end();
      writer.end();
    }
    writer.end();
  }
}

const extentAt = (offset: number, length: number | undefined): Extent | undefined =>
  length === undefined || length === 0 ? undefined : { offset, length };
