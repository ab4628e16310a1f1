import type { CopySource } from '#columnar/copy-row-groups.ts';
import type { Compression } from '#columnar/encode-parquet.ts';
import type { AddFile, MetaData } from '#delta/actions.ts';
import { deletedPositions } from '#delta/deletion-vector.ts';
import { decodePath, encodePath } from '#delta/file-path.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { parseSchema } from '#delta/schema.ts';
import type { Clock } from './clock.ts';
import { copyFiles, type FileToCopy, openFiles } from './copy-files.ts';
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
  const { store } = ports;
  const toCopy = files.map(fileToCopy);
  const sources = mayBeCopied(files, rules) ? await sourcesToCopy(toCopy, rules, store) : undefined;
  const written =
    sources === undefined
      ? await rewrite(files, { fields, indexed: layout.indexed, newPath }, rules, ports)
      : [await copyFiles(sources, toCopy, { path: newPath(), fields }, store)];
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

const mayBeCopied = (files: readonly AddFile[], { order }: MergeRules): boolean =>
  order === undefined && files.every(({ deletionVector }) => deletionVector === undefined);

/** Nothing where rows have to be written anew. */
async function sourcesToCopy(
  files: readonly FileToCopy[],
  { minRowGroupBytes }: MergeRules,
  store: ObjectStore,
): Promise<CopySource[] | undefined> {
  const { sources, storedAlike, rowGroupBytes } = await openFiles(files, store);
  return storedAlike && rowGroupBytes >= minRowGroupBytes ? sources : undefined;
}

const fileToCopy = ({ path, size, stats }: AddFile): FileToCopy => ({ path: decodePath(path), sizeBytes: size, stats });

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
