import { createdBy } from '../encode/created-by.ts';
import { joinColumns } from '../footer/parquet-columns.ts';
import { type CopySource, closeSource, type OpenedSource, openSource } from './copy-source.ts';
import { SharedKeyValues } from './key-values.ts';
import { type PlannedRead, readAhead } from './read-ahead.ts';
import { giveBack, readWhole } from './read-whole.ts';
import { type Piece, RowGroupLayout } from './row-group-layout.ts';

const maxReadBytes = 2 * 1024 * 1024;
const dataAhead = { maxReads: 8, maxBytes: 2 * maxReadBytes };
const sourcesAhead = { maxReads: 4, maxBytes: maxReadBytes };
/** Page indexes wait in memory until the end of the file: where they are larger, there are none in it. */
const maxIndexBytes = 4 * 1024 * 1024;

/** Where the bytes of a file go, in order. */
export interface ByteSink {
  /** What is written may change once this returns. */
  write(bytes: Uint8Array): Promise<void>;
}

export interface CopiedFile {
  sizeBytes: number;
  rows: number;
  rowGroups: number;
}

/**
 * Writes the row groups of all sources, one after another, as one Parquet file. No page is decoded, so that nothing in it
 * changes; memory holds a few reads of 2 MiB, and the part of the new footer that is known. What was kept of a source is let go.
 *
 * @throws {Error} when the sources store a column in different ways: ask `joinColumns` first.
 */
export async function copyRowGroups(sources: readonly CopySource[], sink: ByteSink): Promise<CopiedFile> {
  const joined = joinColumns(sources.map(({ columns }) => columns));
  if (joined.kind === 'differ') {
    throw new Error(`expected files of one schema, found column ${joined.column} ${joined.reason}`);
  }
  const layout = new RowGroupLayout(joined.columns);
  const keyValues = new SharedKeyValues();
  await sink.write(layout.head);
  const opened = readAhead(plannedOpenings(sources), sourcesAhead);
  for await (const bytes of readAhead(plannedReads(opened, layout, keyValues), dataAhead)) await sink.write(bytes);
  const columnsDiffer = new Set(sources.map(({ columns }) => columns)).size > 1;
  let { sizeBytes } = layout;
  for (const bytes of layout.end(createdBy, keyValues.entries({ columnsDiffer }))) {
    sizeBytes += bytes.length;
    await sink.write(bytes);
  }
  return { sizeBytes, rows: layout.rows, rowGroups: layout.rowGroups };
}

function* plannedOpenings(sources: readonly CopySource[]): Generator<PlannedRead<OpenedSource>> {
  const indexBytes = sources.reduce((sum, source) => sum + (source.indexBytes ?? Number.POSITIVE_INFINITY), 0);
  const wantsIndexes = indexBytes <= maxIndexBytes;
  for (const source of sources) {
    const sizeBytes = source.kept === undefined ? source.lastBytes : 0;
    yield { sizeBytes, read: () => openSource(source, { wantsIndexes }) };
  }
}

async function* plannedReads(
  sources: AsyncIterable<OpenedSource>,
  layout: RowGroupLayout,
  keyValues: SharedKeyValues,
): AsyncGenerator<PlannedRead<Uint8Array>> {
  for await (const opened of sources) {
    const { path, sizeBytes } = opened.source.file;
    const { columns } = opened.source;
    keyValues.add(opened.footer);
    const pieces = layout.add({ path, columns, ...opened });
    const file = { path, sizeBytes, readRange: opened.readRange };
    const reads = pieces.flatMap((piece) => [...readsOf(file, piece)]);
    const last = reads.pop();
    yield* reads;
    if (last === undefined) closeSource(opened);
    else {
      yield {
        ...last,
        done: (bytes) => {
          giveBack(bytes);
          closeSource(opened);
        },
      };
    }
  }
}

function* readsOf(file: CopySource['file'], piece: Piece): Generator<PlannedRead<Uint8Array>> {
  if ('bytes' in piece) {
    yield { sizeBytes: piece.bytes.length, read: async () => piece.bytes };
    return;
  }
  for (let start = piece.start; start < piece.end; start += maxReadBytes) {
    const end = Math.min(start + maxReadBytes, piece.end);
    yield { sizeBytes: end - start, read: () => readWhole(file, start, end), done: giveBack };
  }
}
