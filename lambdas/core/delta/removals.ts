import { parseLines, toAction } from './action-json.ts';
import type { RemoveFile } from './actions.ts';
import { decodePath } from './file-path.ts';
import { beforeVersion, logFolder, parseLogPath } from './log-path.ts';
import type { ObjectInfo, ObjectStore } from './object-store.ts';

/** What a commit of the log removed. */
export interface Removals {
  version: number;
  /** When its object was written, at least a millisecond after the commit before. */
  writtenMs: number;
  removes: RemoveFile[];
  /** Paths, decoded, of its files of the change data feed. */
  changeFiles: string[];
}

/** Commits are fetched this many at a time. */
const parallelReads = 16;

/**
 * What every commit that is in the log removed, from `fromVersion` on, oldest first; those whose objects are no younger than
 * `afterMs` are not read. One that goes meanwhile is passed over.
 */
export async function* readRemovals(
  store: ObjectStore,
  fromVersion: number,
  afterMs: number = Number.NEGATIVE_INFINITY,
): AsyncGenerator<Removals> {
  let writtenMs = Number.NEGATIVE_INFINITY;
  for await (const batch of batchesOf(commitsFrom(store, fromVersion, afterMs))) {
    const objects = await Promise.all(batch.map(({ path }) => store.read(path)));
    for (const [index, { lastModifiedMs }] of batch.entries()) {
      writtenMs = Math.max(lastModifiedMs, writtenMs + 1);
      const object = objects[index];
      if (object === undefined) continue;
      const removals: Removals = { version: versionOf(object.path), writtenMs, removes: [], changeFiles: [] };
      for (const line of parseLines(object.bytes, object.path)) {
        const action = toAction(line, object.path);
        if (action !== undefined && 'remove' in action) removals.removes.push(action.remove);
        removals.changeFiles.push(...changeFilesOf(line));
      }
      yield removals;
    }
  }
}

/** The path, decoded, of the file of the change data feed that a commit's line names; none where it is about something else. */
export function changeFilesOf({ cdc }: Readonly<Record<string, unknown>>): string[] {
  const { path } = (cdc ?? {}) as { path?: unknown };
  return typeof path === 'string' ? [decodePath(path)] : [];
}

const versionOf = (path: string): number => parseLogPath(path)!.version;

async function* commitsFrom(store: ObjectStore, fromVersion: number, afterMs: number): AsyncGenerator<ObjectInfo> {
  for await (const info of store.list(logFolder, beforeVersion(fromVersion))) {
    if (info.path.charAt(logFolder.length) > '9') return;
    if (info.lastModifiedMs > afterMs && parseLogPath(info.path)?.kind === 'commit') yield info;
  }
}

async function* batchesOf<T>(items: AsyncIterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < parallelReads) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
