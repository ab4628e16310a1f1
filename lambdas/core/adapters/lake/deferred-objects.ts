import type { ObjectStore } from '#delta/object-store.ts';
import type { LakeObjects } from './lake.ts';

/** Objects of a bucket or container that is opened when it is first used. A failure to open is not remembered. */
export function deferredObjects(open: () => Promise<LakeObjects>): LakeObjects {
  let opened: Promise<LakeObjects> | undefined;
  const objects = (): Promise<LakeObjects> => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  return {
    storeOf: (prefix) => deferredStore(async () => (await objects()).storeOf(prefix)),
    foldersIn: async (prefix) => (await objects()).foldersIn(prefix),
  };
}

function deferredStore(open: () => Promise<ObjectStore>): ObjectStore {
  return {
    read: async (path) => (await open()).read(path),
    readRange: async (path, start, end) => (await open()).readRange(path, start, end),
    head: async (path) => (await open()).head(path),
    putIfAbsent: async (path, bytes) => (await open()).putIfAbsent(path, bytes),
    put: async (path, bytes) => (await open()).put(path, bytes),
    openUpload: async (path) => (await open()).openUpload(path),
    async *list(prefix, startAfter) {
      yield* (await open()).list(prefix, startAfter);
    },
    delete: async (path) => (await open()).delete(path),
    deleteAll: async (paths) => (await open()).deleteAll(paths),
  };
}
