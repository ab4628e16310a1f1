import { copyRowGroups } from '#columnar/copy/copy-row-groups.ts';
import { type CopySource, findSources } from '#columnar/copy/copy-source.ts';
import { calendarOf } from '#columnar/copy/key-values.ts';
import { joinColumns } from '#columnar/footer/parquet-columns.ts';
import { readFooter } from '#columnar/footer/parquet-footer.ts';
import type { RangedFile } from '#delta/checkpoint-codec.ts';
import { MissingDataFile } from '#delta/errors.ts';
import { joinStatistics } from '#delta/join-statistics.ts';
import type { ObjectStore, Upload } from '#delta/object-store.ts';
import type { StructField } from '#delta/schema.ts';
import type { RewrittenFile } from './rewrite-files.ts';

/** A data file whose row groups may become part of another. */
export interface FileToCopy {
  /** In the store, decoded. */
  path: string;
  sizeBytes: number;
  /** `add.stats`. */
  stats: string | undefined;
}

/** Files that were looked into. */
export interface OpenedFiles {
  sources: CopySource[];
  /** Whether their row groups can be copied into one file as they are. */
  storedAlike: boolean;
  rowGroupBytes: number;
}

/** @throws {MissingDataFile} when a file is not there. */
export async function openFiles(files: readonly FileToCopy[], store: ObjectStore): Promise<OpenedFiles> {
  const sources = await findSources(files.map((file) => rangedFile(file, store)));
  const rowGroups = sources.reduce((sum, { rowGroups: groups }) => sum + groups, 0);
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const hasOneSchema = joinColumns(sources.map(({ columns }) => columns)).kind === 'joined';
  const hasOneCalendar = new Set(sources.map(({ calendar }) => calendar)).size <= 1;
  return { sources, storedAlike: hasOneSchema && hasOneCalendar, rowGroupBytes: bytes / rowGroups };
}

/** Footers are read this many at a time. */
const parallelFooters = 8;

/** `calendarOf` each file, in their order. @throws {MissingDataFile} when a file is not there. */
export async function calendarsOf(files: readonly FileToCopy[], store: ObjectStore): Promise<string[]> {
  const calendars: string[] = [];
  for (let start = 0; start < files.length; start += parallelFooters) {
    const some = files.slice(start, start + parallelFooters);
    calendars.push(
      ...(await Promise.all(some.map(async (file) => calendarOf(await readFooter(rangedFile(file, store)))))),
    );
  }
  return calendars;
}

function rangedFile({ path, sizeBytes }: FileToCopy, store: ObjectStore): RangedFile {
  return {
    path,
    sizeBytes,
    async readRange(start, end) {
      const bytes = await store.readRange(path, start, end);
      if (bytes === undefined) throw new MissingDataFile(`${path}: expected the data file that log or ledger names`);
      return bytes;
    },
  };
}

/**
 * Writes the row groups of files as one new file at `path`, with statistics of all of them.
 *
 * @param sources of the `files`, in their order
 * @param fields the table's columns without those it is partitioned by
 * @param goesOn asked before each write: what it throws gives the new file up
 */
export async function copyFiles(
  sources: readonly CopySource[],
  files: readonly FileToCopy[],
  { path, fields, goesOn = () => undefined }: { path: string; fields: readonly StructField[]; goesOn?: () => void },
  store: ObjectStore,
): Promise<RewrittenFile> {
  const upload = await store.openUpload(path);
  try {
    const { rows } = await copyRowGroups(sources, checked(upload, goesOn));
    const { sizeBytes } = await upload.complete();
    const described = sources.map(({ rows: ownRows, columns }, index) => {
      const names = new Set(columns.map(({ name }) => name.toLowerCase()));
      return {
        stats: files[index]?.stats,
        rows: ownRows,
        lacks: (column: string) => !names.has(column.toLowerCase()),
      };
    });
    return { path, sizeBytes, rows, stats: joinStatistics(described, fields) };
  } catch (error) {
    await upload.abort();
    throw error;
  }
}

const checked = (upload: Upload, goesOn: () => void): Pick<Upload, 'write'> => ({
  write(bytes) {
    goesOn();
    return upload.write(bytes);
  },
});
