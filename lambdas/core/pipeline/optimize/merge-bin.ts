import type { Compression } from '#columnar/encode/page-compression.ts';
import type { AddFile, MetaData } from '#delta/actions.ts';
import { deletedPositions } from '#delta/deletion-vector.ts';
import { decodePath, encodePath } from '#delta/file-path.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { parseSchema, type StructField } from '#delta/schema.ts';
import type { Clock } from '../clock.ts';
import { dataFilePath, fileLayoutOf, filePropertiesOf } from '../file-properties.ts';
import { calendarsOf, copyFiles, type FileToCopy, type OpenedFiles, openFiles } from './copy-files.ts';
import { mayHoldOldTimes } from './legacy-calendar.ts';
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
  /** The bin's files, but for those that cannot be written anew; none where nothing is left to do. */
  inputs: readonly AddFile[];
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
  const { store } = ports;
  const toCopy = files.map(fileToCopy);
  const opened = mayBeCopied(files, rules) ? await openFiles(toCopy, store) : undefined;
  const isCopied = opened !== undefined && isWorthKeeping(opened, rules);
  const inputs = isCopied ? files : await rewritable(files, fields, store);
  const written = isCopied
    ? [await copyFiles(opened.sources, toCopy, { path: newPath(), fields }, store)]
    : inputs.length === 0
      ? []
      : await rewrite(inputs, { fields, indexed: layout.indexed, newPath }, rules, ports);
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
  return { how: isCopied ? 'copied' : 'rewritten', inputs, outputs };
}

const mayBeCopied = (files: readonly AddFile[], { order }: MergeRules): boolean =>
  order === undefined && files.every(({ deletionVector }) => deletionVector === undefined);

const isWorthKeeping = ({ storedAlike, rowGroupBytes }: OpenedFiles, { minRowGroupBytes }: MergeRules): boolean =>
  storedAlike && rowGroupBytes >= minRowGroupBytes;

/**
 * Files whose rows may be written anew: what does that knows the calendar of now alone, and would shift old dates that Spark wrote
 * by the one before. One that is left over stays as it is, unless rows of it are deleted.
 */
async function rewritable(
  files: readonly AddFile[],
  fields: readonly StructField[],
  store: ObjectStore,
): Promise<readonly AddFile[]> {
  const suspects = files.filter(({ stats }) => mayHoldOldTimes(stats, fields));
  const calendars = await calendarsOf(suspects.map(fileToCopy), store);
  const leftAlone = new Set(suspects.filter((_, index) => calendars[index] !== ''));
  const kept = files.filter((file) => !leftAlone.has(file));
  const isOneLeftOver = kept.length === 1 && files.length > 1 && kept[0]!.deletionVector === undefined;
  return isOneLeftOver ? [] : kept;
}

const fileToCopy = ({ path, size, stats }: AddFile): FileToCopy => ({ path: decodePath(path), sizeBytes: size, stats });

async function rewrite(
  files: readonly AddFile[],
  wanted: Pick<RewriteJob, 'fields' | 'indexed' | 'newPath'>,
  { order, compression, targetBytes }: MergeRules,
  { store, rewriter }: MergePorts,
): Promise<RewrittenFile[]> {
  const inputs = files.map(({ path, size, deletionVector }) => ({
    path: decodePath(path),
    sizeBytes: size,
    deleted: deletionVector && (() => deletedPositions(store, deletionVector)),
  }));
  return rewriter.rewrite({ ...wanted, inputs, order, compression, targetBytes }, store);
}
