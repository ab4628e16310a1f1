import type { ParquetColumn, ParquetLeaf } from '../footer/parquet-columns.ts';
import type { FooterGroup, KeyValue, ParquetFooter } from '../footer/parquet-footer.ts';
import type { ColumnChunk, Extent } from './copied-chunk.ts';
import { CopiedFooter, type PlacedChunk } from './copied-footer.ts';
import type { IndexBytes } from './copied-index.ts';
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

const magic = new TextEncoder().encode('PAR1');

/**
 * Lays row groups of other files out as one file: where their chunks come to lie, and the footer that says so. Pages and Bloom
 * filters stay as they are; columns that a file lacks become chunks of nulls. Page indexes come along, their offsets changed, if
 * every source has them: readers take a file that has some for a damaged one. Nothing of a source is kept but what the footer and
 * the indexes say of it.
 */
export class RowGroupLayout {
  readonly #columns: readonly ParquetColumn[];
  readonly #leaves: readonly ParquetLeaf[];
  readonly #footer: CopiedFooter;
  /** By columns of a source, where each leaf of the layout is among the source's; −1: nowhere. */
  readonly #origins = new Map<readonly ParquetColumn[], readonly number[]>();
  #offset = magic.length;

  constructor(columns: readonly ParquetColumn[]) {
    this.#columns = columns;
    this.#leaves = columns.flatMap(({ leaves }) => leaves);
    this.#footer = new CopiedFooter(columns);
  }

  get rows(): number {
    return this.#footer.rows;
  }

  get rowGroups(): number {
    return this.#footer.rowGroups;
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
    const pieces: Piece[] = [];
    for (const group of groups) {
      // Some writers make one of a file without rows: nothing is in it, and it says of no page where it is.
      if (group.rows === 0) continue;
      const chunks = group.chunks();
      if (chunks.length !== leaves) {
        throw new Error(`${path}: expected row groups of ${leaves} column chunks, found ${chunks.length}`);
      }
      const startsAt = this.#offset;
      const placed = origins.map((origin, index) => this.#place(chunks[origin], index, group, path, pieces));
      const compressedBytes = this.#offset - startsAt;
      for (const chunk of placed) this.#placeBloomFilter(chunk, pieces);
      const uncompressedBytes = placed.reduce(
        (sum, { copied, sizeBytes }) => sum + (copied?.uncompressedBytes ?? sizeBytes),
        0,
      );
      this.#footer.add(source, { rows: group.rows, chunks: placed, uncompressedBytes, compressedBytes });
    }
    return pieces;
  }

  #place(
    copied: ColumnChunk | undefined,
    index: number,
    { rows }: FooterGroup,
    path: string,
    pieces: Piece[],
  ): PlacedChunk {
    const leaf = this.#leaves[index] as ParquetLeaf;
    if (copied !== undefined) assertPages(copied, path);
    const piece = copied === undefined ? { bytes: nullPages(leaf, rows) } : pieceOf(copied.pages);
    const offset = this.#append(pieces, piece);
    return { leaf, offset, copied, sizeBytes: this.#offset - offset, bloomFilter: undefined };
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

  /** Behind the row group that it is of, where parquet-format allows it. */
  #placeBloomFilter(chunk: PlacedChunk, pieces: Piece[]): void {
    const filter = chunk.copied?.bloomFilter;
    if (filter === undefined || filter.length <= 0 || filter.offset <= 0) return;
    chunk.bloomFilter = { offset: this.#append(pieces, pieceOf(filter)), length: filter.length };
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

  /** The file's last bytes, in pieces: page indexes and the footer. A piece may change once the next is asked for. */
  end(createdBy: string, keyValues: readonly KeyValue[]): Generator<Uint8Array> {
    return this.#footer.end(this.#offset, createdBy, keyValues);
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
