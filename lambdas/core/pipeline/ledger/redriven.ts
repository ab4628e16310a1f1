import type { ManifestRange } from './manifest.ts';

/**
 * Redrives of a source partition's dead letters are accepted under a source partition of their own, `redrive/<source>/<partition>`:
 * with a cursor, ordinals and a txn in each table's log that never meet those of ingest.
 */
const prefix = 'redrive/';

export const redriveOf = (sourcePartition: string): string => `${prefix}${sourcePartition}`;

export const isRedrive = (sourcePartition: string): boolean => sourcePartition.startsWith(prefix);

/** The source and partition that rows of a range come from in the end. */
export function originOf({ sourcePartition }: Pick<ManifestRange, 'sourcePartition'>): {
  source: string;
  partition: string;
} {
  const own = isRedrive(sourcePartition) ? sourcePartition.slice(prefix.length) : sourcePartition;
  const slash = own.indexOf('/');
  return { source: own.slice(0, slash), partition: own.slice(slash + 1) };
}
