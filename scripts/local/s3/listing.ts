import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Buckets, StoredObject } from './buckets.ts';
import { folderMarker } from './metadata.ts';

export interface ListRequest {
  prefix: string;
  /** Empty for a flat list. */
  delimiter: string;
  /** Keys at or before it are left out. */
  startAfter: string;
  maxKeys: number;
}

export interface Listing {
  objects: StoredObject[];
  commonPrefixes: string[];
  /** The last key or common prefix given, when more follow. */
  next?: string;
}

const greatest = '\u{10FFFF}';
const after = (a: string, b: string): boolean => Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0;

interface Entry {
  name: string;
  bytes: Buffer;
}

function readFolder(path: string): Entry[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
      .map((name) => ({ name, bytes: Buffer.from(name) }))
      .sort((a, b) => a.bytes.compare(b.bytes));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

const isFolderKey = (key: string): boolean =>
  key
    .slice(0, -1)
    .split('/')
    .every((segment) => segment !== '' && segment !== '.' && segment !== '..');

/** Keys under `folderKey` in the order of their UTF-8 bytes; a subtree out of reach is not read. */
function* keysIn(
  buckets: Buckets,
  bucket: string,
  folderKey: string,
  prefix: string,
  startAfter: string,
): Generator<string> {
  const isMarked = folderKey !== '' && buckets.metadata.get(bucket, folderKey, folderMarker) !== undefined;
  if (isMarked && folderKey.startsWith(prefix) && after(folderKey, startAfter)) yield folderKey;
  for (const { name } of readFolder(join(buckets.folder(bucket), folderKey))) {
    const key = folderKey + name;
    const isFolder = name.endsWith('/');
    if (!key.startsWith(prefix) && !(isFolder && prefix.startsWith(key))) continue;
    if (!isFolder) {
      if (after(key, startAfter)) yield key;
      continue;
    }
    if (!after(key, startAfter) && !startAfter.startsWith(key)) continue;
    yield* keysIn(buckets, bucket, key, prefix, startAfter);
  }
}

/** One page of a bucket's keys, read from the disk itself. */
export async function list(buckets: Buckets, bucket: string, request: ListRequest): Promise<Listing> {
  const { prefix, delimiter, maxKeys } = request;
  const base = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const objects: StoredObject[] = [];
  const commonPrefixes: string[] = [];
  if (base !== '' && !isFolderKey(base)) return { objects, commonPrefixes };
  const grouped = (key: string): string | undefined => {
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    return end < 0 ? undefined : key.slice(0, end + delimiter.length);
  };
  let last = request.startAfter;
  const skipped = grouped(last);
  let position = skipped === last && last.startsWith(prefix) ? skipped + greatest : last;
  for (;;) {
    let restart = false;
    for (const key of keysIn(buckets, bucket, base, prefix, position)) {
      if (objects.length + commonPrefixes.length >= maxKeys) {
        return maxKeys === 0 ? { objects, commonPrefixes } : { objects, commonPrefixes, next: last };
      }
      const commonPrefix = grouped(key);
      if (commonPrefix !== undefined) {
        commonPrefixes.push(commonPrefix);
        last = commonPrefix;
        position = commonPrefix + greatest;
        restart = true;
        break;
      }
      const object = await buckets.find(bucket, key);
      if (object === undefined) continue;
      objects.push(object);
      last = key;
    }
    if (!restart) return { objects, commonPrefixes };
  }
}
