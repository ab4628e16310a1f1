import { type CopySource, calendarOf, copyRowGroups, openSources } from '#columnar/copy-row-groups.ts';
import type { Compression } from '#columnar/encode-parquet.ts';
import { joinColumns } from '#columnar/parquet-columns.ts';
import type { AddFile, MetaData } from '#delta/actions.ts';
import type { RangedFile } from '#delta/checkpoint-codec.ts';
import { deletedPositions } from '#delta/deletion-vector.ts';
import { MissingDataFile } from '#delta/errors.ts';
import { decodePath, encodePath } from '#delta/file-path.ts';
import { joinStatistics } from '#delta/join-statistics.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { parseSchema, type StructField } from '#delta/schema.ts';
import type { Clock } from './clock.ts';
import { dataFilePath, fileLayoutOf, filePropertiesOf } from './file-properties.ts';
import { type OptimizeBin, orderTag, orderTagOf, type RowOrder } from './optimize-plan.ts';
import type { FileRewriter, RewriteJob, RewrittenFile } from './rewrite-files.ts';

export interface MergeRules {
  targetBytes: number;
  order: RowOrder | undefined;
  /** Row groups smaller than this on average are not worth keeping: their rows are written anew. */
  minRowGroupBytes: number;
  compression: Compression;
}

export interface MergePorts {
  store: ObjectStore;
  rewriter: FileRewriter;
  clock: Clock;
  ids(): string;
}

/** What became of a bin's files, not yet in the log. */
export interface MergedBin {
  how: 'copied' | 'rewritten';
  /** One; several where rows are in an order; none where all rows were deleted ones. */
  outputs: AddFile[];
}

/**
 * Writes the rows of a bin's files as new files, which nobody sees before a commit names them.
 *
 * @throws {MissingDataFile} when a file or its deletion vector is not there.
 */
export async function mergeBin(
  { files, partitionValues }: OptimizeBin,
  metaData: Pick<MetaData, 'schemaString' | 'partitionColumns' | 'configuration'>,
  rules: MergeRules,
  ports: MergePorts,
): Promise<MergedBin> {
  const { schemaString, partitionColumns, configuration } = metaData;
  const layout = fileLayoutOf(filePropertiesOf(configuration));
  const fields = parseSchema(schemaString).fields.filter(
    ({ name, type }) => !partitionColumns.includes(name) && type !== 'void',
  );
  const newPath = () => dataFilePath(layout, partitionColumns, partitionValues, ports.ids);
  const sources = await sourcesToCopy(files, rules, ports.store);
  const written =
    sources === undefined
      ? await rewrite(files, { fields, indexed: layout.indexed, newPath }, rules, ports)
      : [await copy(sources, files, fields, newPath(), ports.store)];
  const modificationTime = ports.clock();
  const { order } = rules;
  const outputs = written.map(
    ({ path, sizeBytes, stats }): AddFile => ({
      path: encodePath(path),
      partitionValues,
      size: sizeBytes,
      modificationTime,
      dataChange: false,
      stats,
      ...(order === undefined ? {} : { tags: { [orderTag]: orderTagOf(order) } }),
    }),
  );
  return { how: sources === undefined ? 'rewritten' : 'copied', outputs };
}

/** The files with their footers, if their row groups may be copied; nothing where the rows have to be written anew. */
async function sourcesToCopy(
  files: readonly AddFile[],
  { order, minRowGroupBytes }: MergeRules,
  store: ObjectStore,
): Promise<CopySource[] | undefined> {
  if (order !== undefined || files.some(({ deletionVector }) => deletionVector !== undefined)) return undefined;
  const sources = await openSources(files.map((file) => rangedFile(file, store)));
  const rowGroups = sources.reduce((sum, { footer }) => sum + footer.groups.length, 0);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes < minRowGroupBytes * rowGroups) return undefined;
  const isStoredAlike = joinColumns(sources.map(({ columns }) => columns)).kind === 'joined';
  const hasOneCalendar = new Set(sources.map(({ footer }) => calendarOf(footer))).size <= 1;
  return isStoredAlike && hasOneCalendar ? sources : undefined;
}

function rangedFile({ path: encoded, size }: AddFile, store: ObjectStore): RangedFile {
  const path = decodePath(encoded);
  return {
    path,
    sizeBytes: size,
    async readRange(start, end) {
      const bytes = await store.readRange(path, start, end);
      if (bytes === undefined) throw new MissingDataFile(`${path}: expected the data file that the log names`);
      return bytes;
    },
  };
}

async function copy(
  sources: readonly CopySource[],
  files: readonly AddFile[],
  fields: readonly StructField[],
  path: string,
  store: ObjectStore,
): Promise<RewrittenFile> {
  const upload = await store.openUpload(path);
  try {
    const { rows } = await copyRowGroups(sources, upload);
    const { sizeBytes } = await upload.complete();
    const described = sources.map(({ footer, columns }, index) => {
      const names = new Set(columns.map(({ name }) => name.toLowerCase()));
      return {
        stats: files[index]?.stats,
        rows: footer.rows,
        lacks: (column: string) => !names.has(column.toLowerCase()),
      };
    });
    return { path, sizeBytes, rows, stats: joinStatistics(described, fields) };
  } catch (error) {
    await upload.abort();
    throw error;
  }
}

async function rewrite(
  files: readonly AddFile[],
  wanted: Pick<RewriteJob, 'fields' | 'indexed' | 'newPath'>,
  { order, compression, targetBytes }: MergeRules,
  { store, rewriter }: MergePorts,
): Promise<RewrittenFile[]> {
  const inputs = [];
  for (const { path, size, deletionVector } of files) {
    const deleted = deletionVector === undefined ? undefined : await deletedPositions(store, deletionVector);
    inputs.push({ path: decodePath(path), sizeBytes: size, deleted });
  }
  return rewriter.rewrite({ ...wanted, inputs, order, compression, targetBytes }, store);
}
