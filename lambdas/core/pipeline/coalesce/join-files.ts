import { type CopySource, type OpenedSource, openSource } from '#columnar/copy/copy-source.ts';
import type { Compression } from '#columnar/encode/page-compression.ts';
import { dataFileRows, type ReadableStore } from '#columnar/read/data-file.ts';
import { RowColumns } from '#columnar/vector/row-columns.ts';
import { statisticsOf } from '#columnar/vector/statistics.ts';
import type { FileColumns } from '#columnar/vector/vector.ts';
import { columnKeyOf } from '#contract/column-name.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { columnValueOf } from '../divert/read-value.ts';
import { copyFiles, openFiles } from '../optimize/copy-files.ts';
import type { RewrittenFile } from '../optimize/rewrite-files.ts';
import type { FileJoiner, JoinJob } from './coalesce-files.ts';

/** Columns as the bytes of one Parquet file. `bloomFilters`: names of columns that get one. */
export type EncodeFile = (
  columns: FileColumns,
  compression: Compression,
  bloomFilters: readonly string[],
) => Promise<Uint8Array>;

/** Rows of files up to so many bytes in total are written anew: as much takes some tenths of a second. */
const maxRewriteBytes = 1024 * 1024;
/** So many bytes of rows that are much alike may be millions, which take memory one by one. */
const maxRewriteValues = 2_000_000;

/**
 * Joins files by copying their row groups. Where these are small, and not much in total, their rows are read and written as one
 * row group: small ones compress badly, and cost readers as much as large ones. Files that are stored in different ways stay
 * as they are.
 */
export const fileJoiner =
  (encode: EncodeFile): FileJoiner =>
  async (job, store) => {
    const { files, path, fields, minRowGroupBytes, goesOn } = job;
    const { sources, storedAlike, rowGroupBytes } = await openFiles(files, readingWhile(goesOn, store));
    goesOn();
    if (!storedAlike) return undefined;
    const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const areSmall = rowGroupBytes < minRowGroupBytes && bytes <= maxRewriteBytes;
    if (areSmall && haveNoOtherColumns(sources, job)) {
      const opened = await Promise.all(sources.map((source) => openSource(source, { wantsIndexes: false })));
      if (valuesIn(opened, job) <= maxRewriteValues) return rewriteRows(opened, job, encode, store);
    }
    return copyFiles(sources, files, { path, fields, goesOn }, store);
  };

/** Thousands of files may take longer to open than there is time. */
const readingWhile = (goesOn: () => void, store: ObjectStore): ObjectStore => ({
  ...store,
  readRange(...range) {
    goesOn();
    return store.readRange(...range);
  },
});

/** What is read of the files, or what is written of them where they lack columns, if that is more. */
function valuesIn(sources: readonly OpenedSource[], { fields }: JoinJob): number {
  const groups = sources.flatMap((source) => source.groups);
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  const values = groups.flatMap((group) => group.chunks()).reduce((sum, chunk) => sum + chunk.values, 0);
  return Math.max(values, rows * fields.length);
}

/** What is written anew has the table's columns, by its names for them: a file that has one by another name is copied. */
function haveNoOtherColumns(sources: readonly CopySource[], { fields }: JoinJob): boolean {
  const names = new Set(fields.map(({ name }) => name));
  return sources.every(({ columns }) => columns.every(({ name }) => names.has(name)));
}

async function rewriteRows(
  sources: readonly OpenedSource[],
  { path, fields: all, indexed, compression, bloomFilters, goesOn }: JoinJob,
  encode: EncodeFile,
  store: ObjectStore,
): Promise<RewrittenFile> {
  const fields = all.filter(({ type }) => type !== 'void');
  const columns = new RowColumns(fields);
  for (const opened of sources) {
    const { rows } = await dataFileRows(storeOf(opened), opened.source.file.path, fields);
    for (const row of rows) columns.append(fields.map(({ name, type }) => columnValueOf(row[name] ?? null, type)));
    goesOn();
  }
  const wanted = new Set(bloomFilters.map(columnKeyOf));
  const filtered = fields.flatMap(({ name }) => (wanted.has(columnKeyOf(name)) ? [name] : []));
  const stats = statisticsOf(columns, indexed);
  const bytes = await encode(columns, compression, filtered);
  goesOn();
  await store.put(path, bytes);
  return { path, sizeBytes: bytes.length, rows: columns.rows, stats };
}

/** One file, as it has been read. */
const storeOf = ({ source: { file }, readRange }: OpenedSource): ReadableStore => ({
  head: async (path) => ({ path, sizeBytes: file.sizeBytes, lastModifiedMs: 0, etag: '' }),
  readRange: async (_, start, end = file.sizeBytes) => readRange(start < 0 ? file.sizeBytes + start : start, end),
});
