import { nullChunk } from './null-chunk.ts';
import { columnsOf, type ParquetColumn } from './parquet-columns.ts';
import {
  type ChunkMetaData,
  type ChunkStatistics,
  type ColumnChunk,
  type FileMetaData,
  type KeyValue,
  type RowGroup,
  serializeThrift,
  writableElement,
} from './parquet-thrift.ts';

/** Bytes that come next: those of the source file from `start` to `end` (exclusive), or new ones. */
export type Piece = { start: number; end: number } | { bytes: Uint8Array };

const utf8 = new TextEncoder();
const magic = utf8.encode('PAR1');

/**
 * Lays row groups of other files out as one file: where their chunks come to lie, and the footer that says so. Pages stay as
 * they are; page indexes and Bloom filters are left out, since they hold offsets of their own; columns that a file lacks become
 * chunks of nulls.
 */
export class RowGroupLayout {
  readonly #columns: readonly ParquetColumn[];
  readonly #rowGroups: RowGroup[] = [];
  #offset = magic.length;
  #rows = 0n;

  constructor(columns: readonly ParquetColumn[]) {
    this.#columns = columns;
  }

  get rows(): number {
    return Number(this.#rows);
  }

  get rowGroups(): number {
    return this.#rowGroups.length;
  }

  /** The file's first bytes. */
  readonly head: Uint8Array = magic;

  /**
   * Takes the row groups of a file: the bytes to write next, in order.
   *
   * @throws {Error} naming `path` when the footer contradicts itself, or the data is encrypted or in other files.
   */
  add(path: string, footer: FileMetaData, columns: readonly ParquetColumn[] = columnsOf(footer)): Piece[] {
    if (footer.field_8 !== undefined) throw new Error(`${path}: expected data that is not encrypted`);
    const leaves = columns.reduce((total, column) => total + column.leaves.length, 0);
    const pieces: Piece[] = [];
    for (const group of footer.field_4) {
      if (group.field_1.length !== leaves) {
        throw new Error(`${path}: expected row groups of ${leaves} column chunks, found ${group.field_1.length}`);
      }
      const chunks = chunksByColumn(columns, group);
      const placed = this.#columns.flatMap((column) =>
        column.leaves.map((leaf, index) => {
          const chunk = chunks.get(column.name)?.[index];
          if (chunk !== undefined) return this.#place(path, chunk, footer.field_7 !== undefined, pieces);
          const nulls = nullChunk(leaf, group.field_3, BigInt(this.#offset));
          append(pieces, { bytes: nulls.bytes });
          this.#offset += nulls.bytes.length;
          return nulls.chunk;
        }),
      );
      this.#rows += group.field_3;
      this.#rowGroups.push(rowGroupOf(placed, group.field_3));
    }
    return pieces;
  }

  #place(path: string, { field_1, field_3: metaData }: ColumnChunk, ordered: boolean, pieces: Piece[]): ColumnChunk {
    if (metaData === undefined || field_1 !== undefined) {
      throw new Error(`${path}: expected column chunks with their metadata, in the file itself and not encrypted`);
    }
    const start = Number(firstOffset(metaData));
    const length = Number(metaData.field_7);
    const moved = BigInt(this.#offset - start);
    append(pieces, { start, end: start + length });
    this.#offset += length;
    return { field_2: 0n, field_3: movedBy(moved, metaData, ordered) };
  }

  /** The file's last bytes. */
  footer(createdBy: string, keyValues: readonly KeyValue[]): Uint8Array {
    const elements = this.#columns.flatMap(({ elements: own }) => own);
    const leaves = this.#columns.flatMap(({ leaves: own }) => own);
    const metaData = serializeThrift({
      field_1: 2,
      field_2: [{ field_4: utf8.encode('schema'), field_5: this.#columns.length }, ...elements.map(writableElement)],
      field_3: this.#rows,
      field_4: this.#rowGroups,
      ...(keyValues.length === 0 ? {} : { field_5: keyValues }),
      field_6: createdBy,
      field_7: leaves.map(() => ({ field_1: {} })),
    });
    const bytes = new Uint8Array(metaData.length + 4 + magic.length);
    bytes.set(metaData);
    new DataView(bytes.buffer).setUint32(metaData.length, metaData.length, true);
    bytes.set(magic, metaData.length + 4);
    return bytes;
  }

  /** Bytes laid out so far, the footer not included. */
  get sizeBytes(): number {
    return this.#offset;
  }
}

function chunksByColumn(columns: readonly ParquetColumn[], group: RowGroup): Map<string, ColumnChunk[]> {
  const chunks = new Map<string, ColumnChunk[]>();
  let index = 0;
  for (const { name, leaves } of columns) {
    chunks.set(name, group.field_1.slice(index, index + leaves.length));
    index += leaves.length;
  }
  return chunks;
}

/** Where a chunk's pages begin. Some writers say 0 for a dictionary that is not there. */
function firstOffset({ field_9: data, field_11: dictionary }: ChunkMetaData): bigint {
  return dictionary !== undefined && dictionary > 0n && dictionary < data ? dictionary : data;
}

/**
 * A chunk's metadata at its new place. Its least and greatest value stay when the file says by what order; the older fields
 * for them never do (parquet.thrift: their order is not defined).
 */
function movedBy(offset: bigint, metaData: ChunkMetaData, ordered: boolean): ChunkMetaData {
  const { field_1, field_2, field_3, field_4, field_5, field_6, field_7, field_9, field_11, field_13 } = metaData;
  const {
    field_3: nulls,
    field_5: max,
    field_6: min,
    field_7: maxIsExact,
    field_8: minIsExact,
  } = metaData.field_12 ?? {};
  return {
    field_1,
    field_2,
    field_3,
    field_4,
    field_5,
    field_6,
    field_7,
    field_9: field_9 + offset,
    ...(field_11 !== undefined && field_11 > 0n ? { field_11: field_11 + offset } : {}),
    ...(metaData.field_12 === undefined
      ? {}
      : {
          field_12: defined({
            field_3: nulls,
            ...(ordered ? { field_5: max, field_6: min, field_7: maxIsExact, field_8: minIsExact } : {}),
          }),
        }),
    ...(field_13 === undefined || field_13.length === 0 ? {} : { field_13 }),
  };
}

const defined = (fields: { [Key in keyof ChunkStatistics]: ChunkStatistics[Key] | undefined }): ChunkStatistics =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

function rowGroupOf(chunks: ColumnChunk[], rows: bigint): RowGroup {
  const sum = (of: (metaData: ChunkMetaData) => bigint) =>
    chunks.reduce((total, { field_3 }) => total + of(field_3 as ChunkMetaData), 0n);
  const first = chunks[0]?.field_3;
  return {
    field_1: chunks,
    field_2: sum(({ field_6 }) => field_6),
    field_3: rows,
    field_5: first === undefined ? 0n : firstOffset(first),
    field_6: sum(({ field_7 }) => field_7),
  };
}

/** Neighbours in the source stay one piece, so that they are read at once. */
function append(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1);
  if (last !== undefined && 'start' in last && 'start' in piece && last.end === piece.start) last.end = piece.end;
  else pieces.push(piece);
}
