import type { RowGroup } from 'hyparquet';
import type { FileQuery } from '#delta/checkpoint-codec.ts';
import { columnMappingMode, physicalName } from '#delta/column-mapping.ts';
import { type BoundComparison, isOfPartition } from '#delta/comparison.ts';
import { mayHoldBetween } from '#delta/file-statistics.ts';
import { decimalOf, type StructField } from '#delta/schema.ts';
import type { Value } from '#delta/value.ts';
import { dateText } from '../read/exact-values.ts';
import { type CheckpointFile, nodeAt } from './checkpoint-file.ts';

const metaDataAt = (group: RowGroup, path: readonly string[]) =>
  group.columns.find(({ meta_data: metaData }) => {
    const own = metaData?.path_in_schema;
    return own?.length === path.length && path.every((name, index) => own[index] === name);
  })?.meta_data;

/** How many rows of a group have no value in a leaf; `undefined` where nothing says so. */
export function nullsIn(group: RowGroup, path: readonly string[]): number | undefined {
  const nulls = metaDataAt(group, path)?.statistics?.null_count;
  return nulls === undefined ? undefined : Number(nulls);
}

/** Whether some file of a row group may hold rows of a query, by what Parquet says of its columns' values. */
export function groupMayMatch(open: CheckpointFile, group: RowGroup, { predicate, metaData }: FileQuery): boolean {
  const mode = columnMappingMode(metaData);
  const nullAdds = nullsIn(group, ['add', 'path']);
  if (nullAdds === undefined) return true;
  const adds = Number(group.num_rows) - nullAdds;
  const valuesIn = (path: readonly string[]) => {
    const nulls = nullsIn(group, path);
    return nulls === undefined || nodeAt(open.tree, path) === undefined ? undefined : Number(group.num_rows) - nulls;
  };
  return predicate.every((comparison) => {
    const path = comparison.fields.map((field) => physicalName(field, mode));
    if (isOfPartition(comparison, metaData)) {
      const parsed = ['add', 'partitionValues_parsed', ...path];
      const values = valuesIn(parsed);
      if (values !== adds || wasWidened(comparison)) return true;
      return mayHoldBetween(
        comparison,
        boundOf(group, parsed, comparison, 'min_value'),
        boundOf(group, parsed, comparison, 'max_value'),
      );
    }
    const least = ['add', 'stats_parsed', 'minValues', ...path];
    const greatest = ['add', 'stats_parsed', 'maxValues', ...path];
    if (valuesIn(least) !== adds || valuesIn(greatest) !== adds || wasWidened(comparison)) return true;
    return mayHoldBetween(
      comparison,
      boundOf(group, least, comparison, 'min_value'),
      boundOf(group, greatest, comparison, 'max_value'),
    );
  });
}

const wasWidened = ({ fields }: BoundComparison): boolean =>
  (fields.at(-1) as StructField).metadata['delta.typeChanges'] !== undefined;

/** A bound of a leaf's values in the form of its column's type; null where it is not known. */
function boundOf(
  group: RowGroup,
  path: readonly string[],
  { type }: BoundComparison,
  bound: 'min_value' | 'max_value',
): Value {
  const value = metaDataAt(group, path)?.statistics?.[bound] as unknown;
  if (value === undefined || value === null || decimalOf(type) !== undefined) return null;
  switch (type) {
    case 'date':
      return typeof value === 'number' ? dateText(value) : null;
    case 'long':
    case 'timestamp':
    case 'timestamp_ntz':
      return typeof value === 'bigint' ? value : null;
    case 'byte':
    case 'short':
    case 'integer':
    case 'float':
    case 'double':
      return typeof value === 'number' ? value : null;
    case 'string':
      return typeof value === 'string' ? value : null;
    default:
      return null;
  }
}
