import type { ObjectStore } from '#delta/object-store.ts';

/** The same store, and how many bytes were fetched of each path since the counts were cleared. */
export function countedStore(store: ObjectStore): { store: ObjectStore; fetched: Map<string, number> } {
  const fetched = new Map<string, number>();
  const note = (path: string, bytes: Uint8Array | undefined) => {
    if (bytes !== undefined) fetched.set(path, (fetched.get(path) ?? 0) + bytes.length);
  };
  return {
    fetched,
    store: {
      ...store,
      async read(path) {
        const object = await store.read(path);
        note(path, object?.bytes);
        return object;
      },
      async readRange(path, start, end) {
        const bytes = await store.readRange(path, start, end);
        note(path, bytes);
        return bytes;
      },
    },
  };
}
