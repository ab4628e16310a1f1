import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileObjectStore } from '#adapters/files/file-object-store.ts';
import type { AbsoluteLocator } from '#delta/file-location.ts';
import type { ObjectStore } from '#delta/object-store.ts';
import { UsageError } from './verb.ts';

export interface TableLocation {
  store: ObjectStore;
  /** Leads to what a log names absolutely. */
  locate: AbsoluteLocator;
}

/** A scheme of some store; a local path has none. */
const uri = /^[a-z][a-z0-9]*:\/\//;

/**
 * Where a table lies: with an environment, its name stands for a table of its lake; without, it is a local path or a URI:
 * `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix` or `abfss://container@account…/prefix`. Credentials and
 * endpoints come from the variables that each cloud's own tools go by.
 */
export async function locateTable(
  table: string,
  environment: string | undefined,
  root: string,
): Promise<TableLocation> {
  if (environment !== undefined) return (await import('./lake.ts')).lakeTable(table, environment, root);
  if (!uri.test(table) || table.startsWith('file:')) {
    const path = table.startsWith('file:') ? fileURLToPath(table) : resolve(table);
    return { store: fileObjectStore(path), locate: inFiles };
  }
  const { objectUri } = await import('./object-uri.ts');
  const found = objectUri(table);
  if (found === undefined) {
    throw new UsageError(`expected a table's path, or its URI by s3://, gs://, az:// or abfss://, got ${table}`);
  }
  const locate: AbsoluteLocator = (path) => {
    const named = objectUri(path);
    return named === undefined ? inFiles(path) : { store: named.objects.storeOf(''), path: named.key };
  };
  return { store: found.objects.storeOf(found.key.replace(/\/+$/, '')), locate };
}

const inFiles: AbsoluteLocator = (path) =>
  path.startsWith('/') ? { store: fileObjectStore('/'), path: path.slice(1) } : undefined;
