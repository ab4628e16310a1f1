import type { TableSettings } from '#contract/table-settings.ts';
import type { StagedFile } from '../ledger/manifest.ts';

export type CoalesceSettings = TableSettings['coalesce'];

/**
 * Which of the files that a commit takes are to become one, each with others of its partition: the small ones, where they are
 * enough to be worth it, partitions with the most of them first, until `maxBytes` are spent. Files keep their order.
 */
export function planCoalesce(
  files: readonly StagedFile[],
  { minFiles, smallFileBytes }: Pick<CoalesceSettings, 'minFiles' | 'smallFileBytes'>,
  maxBytes: number,
): StagedFile[][] {
  const small = files.filter(({ sizeBytes }) => sizeBytes < smallFileBytes);
  const partitions = Map.groupBy(small, ({ partitionValues }) =>
    JSON.stringify(Object.entries(partitionValues).sort()),
  );
  const bins: StagedFile[][] = [];
  let bytesLeft = maxBytes;
  for (const partition of [...partitions.values()].sort((left, right) => right.length - left.length)) {
    if (partition.length < minFiles) break;
    let binBytes = 0;
    const fitting = partition.filter(({ sizeBytes }) => {
      const fits = binBytes + sizeBytes <= bytesLeft;
      if (fits) binBytes += sizeBytes;
      return fits;
    });
    if (fitting.length < minFiles) continue;
    bins.push(fitting);
    bytesLeft -= binBytes;
  }
  return bins;
}
