import type { AddFile, PartitionValues } from '#delta/actions.ts';
import { isAbsolutePath } from '#delta/file-location.ts';
import { decodePath } from '#delta/file-path.ts';

/** Files of one partition that become one, or a few whose rows are in an order. */
export interface OptimizeBin {
  partitionValues: PartitionValues;
  files: AddFile[];
}

/** How rows are to lie within files: sorted by columns, or along a Z-order curve through them. */
export interface RowOrder {
  kind: 'sort' | 'zOrder';
  columns: readonly string[];
}

export interface BinRules {
  /** What files are merged towards. */
  targetBytes: number;
  order: RowOrder | undefined;
  /** Files to leave as they are, such as those near their expiry: a rewritten file starts a life of its own. */
  leaveAlone: (file: AddFile) => boolean;
  /** What one run takes on, at most. */
  maxFiles: number;
  maxBytes: number;
}

export interface BinPlan {
  bins: OptimizeBin[];
  /** Files looked at. */
  files: number;
  /** Files that would have been merged but are to be left alone. */
  leftAlone: number;
  /** Whether limits of a run leave work for the next. */
  isPartial: boolean;
}

/** Names the order of rows that a file was written in. */
export const orderTag = 'alluvium.rowOrder';

export const orderTagOf = ({ kind, columns }: RowOrder): string => `${kind}(${columns.join()})`;

/** A file below this part of the target is small. */
const smallPart = 0.75;
/** A file is merged with smaller ones once they are a quarter of it: so bytes are rewritten a few times, not each time. */
const greatestGrowth = 4;
/** Below it a file is merged with whatever there is. */
const tinyBytes = 1024 ** 2;
/** Deleted rows are written out once they are this part of a file. */
const deletedPart = 0.1;
/** Rows in an order are ordered across so many files of the target's size: the more, the less of them each query reads. */
const orderedTargets = 4;
/** Larger files are not written anew: what does that has a disk of a few times this. */
const maxRewriteBytes = 1024 ** 3;
/** Places of bins pass through a state machine, which takes 256 KiB. */
const maxBins = 2_000;
const maxBinFiles = 1_000;

/**
 * Files of one run, as bins by partition; `files` is read to its end or to the run's limit. What has nothing to be merged with
 * does not count: a table of many partitions of one small file each would else never come to its new ones.
 */
export async function planBins(files: AsyncIterable<AddFile>, rules: BinRules): Promise<BinPlan> {
  const partitions = new Map<string, AddFile[]>();
  const counts = { files: 0, leftAlone: 0 };
  let held = 0;
  let isPartial = false;
  for await (const file of files) {
    counts.files++;
    if (!isCandidate(file, rules)) continue;
    if (rules.leaveAlone(file)) {
      counts.leftAlone++;
      continue;
    }
    if (held === rules.maxFiles) {
      held = keepMergeable(partitions, rules);
      if (held > rules.maxFiles / 2) {
        isPartial = true;
        break;
      }
    }
    held++;
    const key = JSON.stringify(Object.entries(file.partitionValues).sort());
    const partition = partitions.get(key);
    if (partition === undefined) partitions.set(key, [file]);
    else partition.push(file);
  }
  const bins: OptimizeBin[] = [];
  let bytes = 0;
  for (const bin of [...partitions.values()].flatMap((partition) => packed(partition, rules)).sort(mostFilesFirst)) {
    const binBytes = sizeOf(bin);
    if ((bytes + binBytes > rules.maxBytes && bins.length > 0) || bins.length === maxBins) {
      isPartial = true;
      continue;
    }
    bytes += binBytes;
    bins.push({ partitionValues: bin[0]!.partitionValues, files: bin });
  }
  return { bins, files: counts.files, leftAlone: counts.leftAlone, isPartial };
}

/** Lets go of files that so far have nothing to be merged with. Answers how many are left. */
function keepMergeable(partitions: Map<string, AddFile[]>, rules: BinRules): number {
  let held = 0;
  for (const [key, files] of partitions) {
    const mergeable = packed(files, rules).flat();
    if (mergeable.length === 0) partitions.delete(key);
    else partitions.set(key, mergeable);
    held += mergeable.length;
  }
  return held;
}

function isCandidate(file: AddFile, rules: BinRules): boolean {
  if (isAbsolutePath(decodePath(file.path)) || file.deletionVector?.storageType === 'p') return false;
  return isSmall(file, rules) || needsRewrite(file, rules);
}

const isSmall = ({ size }: AddFile, { targetBytes }: BinRules): boolean => size < targetBytes * smallPart;

/** Whether a file is worth writing anew by itself. */
function needsRewrite(file: AddFile, rules: BinRules): boolean {
  const { order, targetBytes } = rules;
  if (file.size > maxRewriteBytes) return false;
  if (order !== undefined && file.tags?.[orderTag] !== orderTagOf(order) && file.size >= targetBytes / 4) return true;
  return hasManyDeleted(file);
}

function hasManyDeleted({ deletionVector, stats }: AddFile): boolean {
  if (deletionVector === undefined) return false;
  const rows = /"numRecords"\s*:\s*(\d+)/.exec(stats ?? '')?.[1];
  return rows === undefined || deletionVector.cardinality >= Number(rows) * deletedPart;
}

/** Bins of one partition, the smallest files first, so that a bin grows by steps of its own size. */
function packed(files: AddFile[], rules: BinRules): AddFile[][] {
  const greatestBytes = rules.targetBytes * (rules.order === undefined ? 1 : orderedTargets);
  const isAlone = (file: AddFile) => rules.order === undefined && !isSmall(file, rules);
  const bins: AddFile[][] = files.filter(isAlone).map((file) => [file]);
  let bin: AddFile[] = [];
  let bytes = 0;
  const close = () => {
    if (bin.length > 1 || bin.some((file) => needsRewrite(file, rules))) bins.push(bin);
    bin = [];
    bytes = 0;
  };
  const together = files.filter((file) => !isAlone(file));
  for (const file of together.sort((left, right) => left.size - right.size || compare(left.path, right.path))) {
    const isFull = bin.length === maxBinFiles || bytes + file.size > greatestBytes;
    const isTooLarge = file.size > tinyBytes && file.size > bytes * greatestGrowth;
    if (bin.length > 0 && (isFull || isTooLarge)) close();
    bin.push(file);
    bytes += file.size;
  }
  close();
  return bins;
}

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

const sizeOf = (files: readonly AddFile[]): number => files.reduce((sum, { size }) => sum + size, 0);

const mostFilesFirst = (left: readonly AddFile[], right: readonly AddFile[]): number => right.length - left.length;
