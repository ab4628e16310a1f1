import type { AddFile, MetaData } from './actions.ts';
import { columnMappingMode, physicalName } from './column-mapping.ts';
import { type BoundComparison, type BoundPredicate, isOfPartition, matchesValue } from './comparison.ts';
import { statisticsFilter } from './file-statistics.ts';
import type { StructField } from './schema.ts';
import { partitionValue } from './value.ts';

export type FileFilter = (add: Pick<AddFile, 'partitionValues' | 'stats'>) => boolean;

/** Whether rows of a file may match, by its partition values and statistics; false only when none does. */
export function fileFilter(bound: BoundPredicate, metaData: MetaData): FileFilter {
  const inPartition = partitionFilter(
    bound.filter((comparison) => isOfPartition(comparison, metaData)),
    metaData,
  );
  const inStatistics = statisticsFilter(
    bound.filter((comparison) => !isOfPartition(comparison, metaData)),
    metaData,
  );
  return ({ partitionValues, stats }) => inPartition({ partitionValues }) && inStatistics(stats);
}

/** Whether all rows of a file match a predicate of partition columns; else none does. */
export function partitionFilter(
  bound: BoundPredicate,
  metaData: MetaData,
): (add: Pick<AddFile, 'partitionValues'>) => boolean {
  const mode = columnMappingMode(metaData);
  const tests = bound.map((comparison) => {
    if (!isOfPartition(comparison, metaData)) {
      const { partitionColumns } = metaData;
      throw new Error(`expected a predicate of partition columns (${partitionColumns}), got ${comparison.column}`);
    }
    return { name: physicalName(comparison.fields[0] as StructField, mode), holds: holdsForText(comparison) };
  });
  return ({ partitionValues }) => tests.every(({ name, holds }) => holds(partitionValues[name] ?? null));
}

/** Partition values repeat from file to file: each text is compared once while few are known. */
function holdsForText(comparison: BoundComparison): (text: string | null) => boolean {
  const known = new Map<string | null, boolean>();
  return (text) => {
    let holds = known.get(text);
    if (holds === undefined) {
      holds = matchesValue(comparison, partitionValue(text, comparison.type));
      if (known.size < maxKnownTexts) known.set(text, holds);
    }
    return holds;
  };
}

const maxKnownTexts = 10_000;
