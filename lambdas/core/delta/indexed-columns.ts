import type { MetaData } from './actions.ts';
import { properties, propertyOf } from './properties.ts';

/** Which columns of a data file have statistics: the first leaves in schema order, or those under some paths. */
export type IndexedColumns = { leaves: number } | { paths: readonly (readonly string[])[] };

/** Delta's own choice where a table makes none. */
export const defaultIndexedColumns: IndexedColumns = { leaves: properties.indexedLeaves.ifAbsent };

/**
 * What a table's properties ask for: `delta.dataSkippingStatsColumns`, else `delta.dataSkippingNumIndexedCols`.
 *
 * @throws {InvalidProperty} when they cannot be read.
 */
export function indexedColumnsOf(metaData: Pick<MetaData, 'configuration'>): IndexedColumns {
  const paths = propertyOf(metaData, properties.statsColumns);
  if (paths !== undefined) return { paths };
  const leaves = propertyOf(metaData, properties.indexedLeaves);
  return { leaves: leaves < 0 ? Number.POSITIVE_INFINITY : leaves };
}

/** Which fields of one struct have statistics. */
export interface IndexedChoice {
  /** Whether a leaf has them; asked once for each, in schema order. */
  takesLeaf(name: string): boolean;
  /** The choice among a struct's own fields. */
  within(name: string): IndexedChoice;
}

export const choiceOf = (indexed: IndexedColumns): IndexedChoice =>
  'paths' in indexed ? underPaths(indexed.paths) : first(indexed);

function first({ leaves }: { leaves: number }): IndexedChoice {
  let left = leaves;
  const choice: IndexedChoice = { takesLeaf: () => left-- > 0, within: () => choice };
  return choice;
}

const all: IndexedChoice = { takesLeaf: () => true, within: () => all };

/** A path to a struct takes all under it. Names match without regard to case, as engines resolve them. */
function underPaths(paths: readonly (readonly string[])[]): IndexedChoice {
  const startingWith = (name: string) =>
    paths.filter(([head]) => head?.toLowerCase() === name.toLowerCase()).map(([, ...rest]) => rest);
  return {
    takesLeaf: (name) => startingWith(name).some((rest) => rest.length === 0),
    within(name) {
      const rests = startingWith(name);
      return rests.some((rest) => rest.length === 0) ? all : underPaths(rests);
    },
  };
}
