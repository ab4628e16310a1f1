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
