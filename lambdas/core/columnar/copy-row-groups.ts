import type { RangedFile } from '#delta/checkpoint-codec.ts';
import { columnsOf, joinColumns, type ParquetColumn, shapeOfColumns } from './parquet-columns.ts';
import { readFooter } from './parquet-footer.ts';
import type { FileMetaData, KeyValue } from './parquet-thrift.ts';
import { type PlannedRead, readAhead } from './read-ahead.ts';
import { type Piece, RowGroupLayout } from './row-group-layout.ts';

const maxReadBytes = 4 * 1024 * 1024;
const ahead = { maxReads: 8, maxBytes: 2 * maxReadBytes };
const createdBy = 'alluvium';

/** Where the bytes of a file go, in order. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>;
}

/** A Parquet file to copy from, its footer read. */
export interface CopySource {
  file: RangedFile;
  footer: FileMetaData;
  /** Its columns; one and the same for files that are stored alike. */
  columns: readonly ParquetColumn[];
}

export interface CopiedFile {
  sizeBytes: number;
  rows: number;
  rowGroups: number;
}

/** Footers of files, in their order; a few are read at a time. */
export async function openSources(files: readonly RangedFile[]): Promise<CopySource[]> {
  const sources: CopySource[] = new Array(files.length);
  const known = new Map<string, readonly ParquetColumn[]>();
  let next = 0;
  const reader = async () => {
    while (next < files.length) {
      const index = next++;
      const file = files[index]!;
      const footer = await readFooter(file);
      const own = columnsOf(footer);
      const shape = shapeOfColumns(own);
      const columns = known.get(shape) ?? own;
      known.set(shape, columns);
      sources[index] = { file, footer, columns };
    }
  };
  await Promise.all(Array.from({ length: ahead.maxReads }, reader));
  return sources;
}

/**
 * Writes the row groups of all sources, one after another, as one Parquet file. No page is decoded, so that nothing in it
 * changes; memory holds the footers and a few reads of 4 MiB.
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
  const footer = layout.footer(createdBy, sharedKeyValues(sources));
  await sink.write(footer);
  return { sizeBytes: layout.sizeBytes + footer.length, rows: layout.rows, rowGroups: layout.rowGroups };
}

function* plannedReads(sources: readonly CopySource[], layout: RowGroupLayout): Generator<PlannedRead> {
  for (const { file, footer, columns } of sources) {
    for (const piece of layout.add(file.path, footer, columns)) yield* readsOf(file, piece);
  }
}

function* readsOf(file: RangedFile, piece: Piece): Generator<PlannedRead> {
  if ('bytes' in piece) {
    yield { sizeBytes: piece.bytes.length, read: async () => piece.bytes };
    return;
  }
  for (let start = piece.start; start < piece.end; start += maxReadBytes) {
    const end = Math.min(start + maxReadBytes, piece.end);
    yield { sizeBytes: end - start, read: () => readWhole(file, start, end) };
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
  const columns = new Set(sources.map((source) => source.columns.map(({ name }) => name).join('\n')));
  if (first === undefined) return [];
  const said = others.map(({ field_5 = [] }) => new Set(field_5.map(textOf)));
  const shared = (first.field_5 ?? []).filter((entry) => said.every((entries) => entries.has(textOf(entry))));
  return columns.size > 1 ? shared.filter((entry) => rebase.test(textOf(entry))) : shared;
}

/** Spark before 3 rebased always. */
const rebase = /^org\.apache\.spark\.(legacy|timeZone|version=[12]\.)/;

/**
 * What a reader must know of a file to understand its old dates and timestamps (Spark's rebasing). Only files that agree in it
 * may share a footer.
 */
export const calendarOf = ({ field_5 = [] }: FileMetaData): string =>
  field_5
    .map(textOf)
    .filter((entry) => rebase.test(entry))
    .sort()
    .join('\n');
