import type { RangedFile } from '#delta/checkpoint-codec.ts';
import { createdBy } from '../encode/created-by.ts';
import { columnsOf, joinColumns, type ParquetColumn, shapeOf } from '../footer/parquet-columns.ts';
import {
  type FooterGroup,
  type KeyValue,
  type ParquetFooter,
  type ReadFooter,
  readTail,
} from '../footer/parquet-footer.ts';
import { type IndexBytes, indexesOf } from './copied-index.ts';
import { type PlannedRead, readAhead } from './read-ahead.ts';
import { type Piece, RowGroupLayout } from './row-group-layout.ts';

const maxReadBytes = 4 * 1024 * 1024;
const ahead = { maxReads: 8, maxBytes: 2 * maxReadBytes };
/** Files of up to `fileBytes` are read whole, by one request rather than two, until so many bytes of them wait in memory. */
const small = { fileBytes: 1024 * 1024, keptBytes: 24 * 1024 * 1024 };
/** Page indexes wait in memory until the end of the file. */
const maxIndexBytes = 8 * 1024 * 1024;

/** Where the bytes of a file go, in order. */
export interface ByteSink {
  /** What is written may change once this returns. */
  write(bytes: Uint8Array): Promise<void>;
}

/** A Parquet file to copy from, its footer read. */
export interface CopySource {
  /** Each read answers memory of its own: it is given back once it is written. */
  file: RangedFile;
  footer: ParquetFooter;
  /** Its columns; one and the same for files that are stored alike. */
  columns: readonly ParquetColumn[];
  /** Those to copy. */
  groups: readonly FooterGroup[];
  /** Absent where the file has none for all of its chunks, or where they are large. */
  indexes: IndexBytes | undefined;
  /** All of a small file, which reads are views of: given back with its last row group. */
  whole: Uint8Array | undefined;
}

export interface CopiedFile {
  sizeBytes: number;
  rows: number;
  rowGroups: number;
}

/** Footers of files, in their order, and all of small ones; a few are read at a time. */
export async function openSources(files: readonly RangedFile[]): Promise<CopySource[]> {
  const sources: CopySource[] = new Array(files.length);
  const columnsBySchema = new Map<string, readonly ParquetColumn[]>();
  const columnsByShape = new Map<string, readonly ParquetColumn[]>();
  const columnsIn = ({ schema, elements }: ParquetFooter): readonly ParquetColumn[] => {
    const own = columnsOf(elements);
    const shape = shapeOf(own);
    const columns = columnsByShape.get(shape) ?? own;
    columnsByShape.set(shape, columns);
    columnsBySchema.set(keyOf(schema), columns);
    return columns;
  };
  let keptBytes = 0;
  let indexBytes = 0;
  let next = 0;
  const reader = async () => {
    while (next < files.length) {
      const index = next++;
      const found = files[index]!;
      const isKept = found.sizeBytes <= small.fileBytes && keptBytes + found.sizeBytes <= small.keptBytes;
      if (isKept) keptBytes += found.sizeBytes;
      const read = await readTail(found, isKept ? found.sizeBytes : undefined);
      const file = isKept ? inMemory(found, read.tail) : found;
      const { footer } = read;
      const columns = columnsBySchema.get(keyOf(footer.schema)) ?? columnsIn(footer);
      const indexes = await readIndexes(file, read, maxIndexBytes - indexBytes);
      indexBytes += indexes?.bytes.length ?? 0;
      if (!isKept) giveBack(read.tail);
      sources[index] = { file, footer, columns, groups: footer.groups, indexes, whole: isKept ? read.tail : undefined };
    }
  };
  await Promise.all(Array.from({ length: ahead.maxReads }, reader));
  return sources;
}

const inMemory = (file: RangedFile, bytes: Uint8Array): RangedFile => ({
  ...file,
  readRange: async (start, end) => bytes.subarray(start, end),
});

/** Equal for equal bytes alone. */
const keyOf = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('latin1');

/** Nothing where there are none, or more bytes than wanted. */
async function readIndexes(
  file: RangedFile,
  { footer, tail, tailStart }: ReadFooter,
  maxBytes: number,
): Promise<IndexBytes | undefined> {
  const range = indexesOf(footer.groups);
  if (range === undefined || range.end - range.start > maxBytes) return undefined;
  const { start, end } = range;
  const isRead = start >= tailStart && end <= tailStart + tail.length;
  const bytes = isRead ? tail.slice(start - tailStart, end - tailStart) : await readWhole(file, start, end);
  return { start, bytes };
}

/**
 * Writes the row groups of all sources, one after another, as one Parquet file. No page is decoded, so that nothing in it
 * changes; memory holds the footers, page indexes and a few reads of 4 MiB.
 *
 * @throws {Error} when the sources store a column in different ways: ask `joinColumns` first.
 */
export async function copyRowGroups(sources: readonly CopySource[], sink: ByteSink): Promise<CopiedFile> {
  const joined = joinColumns(sources.map(({ columns }) => columns));
  if (joined.kind === 'differ') {
    throw new Error(`expected files of one schema, found column ${joined.column} ${joined.reason}`);
  }
  const layout = new RowGroupLayout(joined.columns);
  await sink.write(layout.head);
  for await (const bytes of readAhead(plannedReads(sources, layout), ahead)) await sink.write(bytes);
  const end = layout.end(createdBy, sharedKeyValues(sources));
  await sink.write(end);
  return { sizeBytes: layout.sizeBytes + end.length, rows: layout.rows, rowGroups: layout.rowGroups };
}

/** Frees memory at once that would else wait for a collection, by which time there is a lot of it. */
function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

function* plannedReads(sources: readonly CopySource[], layout: RowGroupLayout): Generator<PlannedRead> {
  for (const { file, ...source } of sources) {
    const reads = layout.add({ path: file.path, ...source }).flatMap((piece) => [...readsOf(file, piece)]);
    const last = reads.pop();
    yield* reads;
    if (last === undefined) continue;
    yield {
      ...last,
      done: (bytes) => {
        giveBack(bytes);
        if (source.whole !== undefined) giveBack(source.whole);
      },
    };
  }
}

function* readsOf(file: RangedFile, piece: Piece): Generator<PlannedRead> {
  if ('bytes' in piece) {
    yield { sizeBytes: piece.bytes.length, read: async () => piece.bytes };
    return;
  }
  for (let start = piece.start; start < piece.end; start += maxReadBytes) {
    const end = Math.min(start + maxReadBytes, piece.end);
    yield { sizeBytes: end - start, read: () => readWhole(file, start, end), done: giveBack };
  }
}

async function readWhole(file: RangedFile, start: number, end: number): Promise<Uint8Array> {
  const bytes = await file.readRange(start, end);
  if (bytes.length !== end - start) {
    throw new Error(`${file.path}: expected ${end - start} bytes from ${start}, got ${bytes.length}`);
  }
  return bytes;
}

const text = new TextDecoder();
const textOf = ({ field_1, field_2 }: KeyValue): string => `${text.decode(field_1)}=${text.decode(field_2)}`;

/**
 * What every file says of itself. Where columns were added, none of it is true of the whole any more but the calendar, which is no
 * matter of columns.
 */
function sharedKeyValues(sources: readonly CopySource[]): KeyValue[] {
  const [first, ...others] = sources.map(({ footer }) => footer);
  const columns = new Set(sources.map((source) => source.columns));
  if (first === undefined) return [];
  const said = others.map(({ keyValues }) => new Set(keyValues.map(textOf)));
  const shared = first.keyValues.filter((entry) => said.every((entries) => entries.has(textOf(entry))));
  return columns.size > 1 ? shared.filter((entry) => rebase.test(textOf(entry))) : shared;
}

/** Spark before 3 rebased always. */
const rebase = /^org\.apache\.spark\.(legacy|timeZone|version=[12]\.)/;

/**
 * What a reader must know of a file to understand its old dates and timestamps (Spark's rebasing). Only files that agree in it
 * may share a footer.
 */
export const calendarOf = ({ keyValues }: Pick<ParquetFooter, 'keyValues'>): string =>
  keyValues
    .map(textOf)
    .filter((entry) => rebase.test(entry))
    .sort()
    .join('\n');
