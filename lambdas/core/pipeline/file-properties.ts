import type { PartitionValues } from '#delta/actions.ts';
import { partitionDirectory } from '#delta/file-path.ts';
import { type IndexedColumns, indexedColumnsOf } from '#delta/indexed-columns.ts';
import { properties, propertyOf, type TableProperty, validPropertyOf } from '#delta/properties.ts';
import type { Widening } from '#delta/schema-growth.ts';
import type { Ids } from './clock.ts';
import type { TableRecord } from './ledger/ledger.ts';

const ofFiles: readonly TableProperty<unknown>[] = [
  properties.indexedLeaves,
  properties.statsColumns,
  properties.randomizeFilePrefixes,
  properties.randomPrefixLength,
  properties.enableTypeWidening,
];

/**
 * Of a table's properties those that say how its data files are written and its columns grow, where it differs from Delta's own
 * way. What others set to nonsense counts as not set.
 */
export function filePropertiesOf(configuration: Readonly<Record<string, string>>): Pick<TableRecord, 'fileProperties'> {
  const set = ofFiles.flatMap((property) => {
    const isSet = validPropertyOf({ configuration }, property) !== property.ifAbsent;
    return isSet ? [[property.key, configuration[property.key] as string] as const] : [];
  });
  return set.length === 0 ? {} : { fileProperties: Object.fromEntries(set) };
}

/** How a table's data files are written. */
export interface FileLayout {
  indexed: IndexedColumns;
  /** Characters of a random folder that files go under, rather than the folders of their partition. */
  randomPrefixLength: number | undefined;
}

export function fileLayoutOf({ fileProperties: configuration = {} }: Pick<TableRecord, 'fileProperties'>): FileLayout {
  const isRandom = propertyOf({ configuration }, properties.randomizeFilePrefixes);
  return {
    indexed: indexedColumnsOf({ configuration }),
    randomPrefixLength: isRandom ? propertyOf({ configuration }, properties.randomPrefixLength) : undefined,
  };
}

/** Longer directories would not fit a key beside the table's prefix; partition values stand in the log, not in the key. */
const maxDirectoryBytes = 600;
/** Of a folder's name, where keys are files. */
const maxFolderBytes = 255;

const utf8 = new TextEncoder();
const bytesOf = (text: string): number => utf8.encode(text).length;

/** A path for a data file, relative to the table, that no other file has. */
export function dataFilePath(
  { randomPrefixLength }: FileLayout,
  partitionColumns: readonly string[],
  partitionValues: PartitionValues,
  ids: Ids,
): string {
  const name = `part-${ids()}.parquet`;
  if (randomPrefixLength !== undefined) return `${randomDirectory(ids(), randomPrefixLength)}${name}`;
  const directory = partitionDirectory(partitionColumns, partitionValues);
  const fits =
    bytesOf(directory) <= maxDirectoryBytes &&
    directory.split('/').every((folder) => bytesOf(folder) <= maxFolderBytes);
  return fits ? `${directory}${name}` : name;
}

/** From a fresh id, so that objects spread over S3's own partitions. */
const randomDirectory = (id: string, length: number): string => `${id.replaceAll(/[^0-9a-zA-Z]/g, '').slice(-length)}/`;

/** Reader features that say what a table's columns may be. */
const columnFeatures = ['timestampNtz', 'typeWidening'];

/** Of a protocol's reader features those that say what columns may be. */
export function columnFeaturesOf({
  readerFeatures = [],
}: {
  readerFeatures?: readonly string[] | undefined;
}): Pick<TableRecord, 'features'> {
  const features = columnFeatures.filter((feature) => readerFeatures.includes(feature));
  return features.length === 0 ? {} : { features };
}

/** How a table's columns may widen. */
export function wideningIn({
  features = [],
  fileProperties = {},
}: Pick<TableRecord, 'features' | 'fileProperties'>): Widening {
  if (!features.includes('typeWidening')) return 'never';
  return propertyOf({ configuration: fileProperties }, properties.enableTypeWidening) ? 'any' : 'read';
}
