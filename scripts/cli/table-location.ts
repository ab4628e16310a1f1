import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileObjectStore } from '#adapters/files/file-object-store.ts';
import type { AbsoluteLocator, FileLocation } from '#delta/file-location.ts';
import type { ObjectStore } from '#delta/object-store.ts';

export interface TableLocation {
  store: ObjectStore;
  /** Leads to what a log names absolutely. */
  locate: AbsoluteLocator;
}

const s3Uri = /^s3[an]?:\/\/([^/]+)\/?(.*)$/;

/**
 * Where a table lies: with an environment, its name stands for a table of the lake that `ALLUVIUM_LAKE_BUCKET` names; without,
 * it is an `s3://bucket/prefix` URI or a local path. Region, credentials and endpoints come from the usual AWS variables.
 */
export async function locateTable(
  table: string,
  environment: string | undefined,
  root: string,
): Promise<TableLocation> {
  const [, bucket, key = ''] = s3Uri.exec(table) ?? [];
  if (environment === undefined && bucket === undefined) {
    const path = table.startsWith('file:') ? fileURLToPath(table) : resolve(table);
    return { store: fileObjectStore(path), locate: inFiles };
  }
  const { lakeTable, storeOfBucket } = await import('./lake.ts');
  const store =
    environment === undefined ? storeOfBucket(bucket!, key.replace(/\/+$/, '')) : lakeTable(table, environment, root);
  return { store, locate: onS3OrInFiles((name) => storeOfBucket(name, '')) };
}

const inFiles: AbsoluteLocator = (path) =>
  path.startsWith('/') ? { store: fileObjectStore('/'), path: path.slice(1) } : undefined;

const onS3OrInFiles =
  (storeOf: (bucket: string) => ObjectStore): AbsoluteLocator =>
  (path): FileLocation | undefined => {
    const [, bucket, key] = s3Uri.exec(path) ?? [];
    return bucket === undefined || key === undefined ? inFiles(path) : { store: storeOf(bucket), path: key };
  };
