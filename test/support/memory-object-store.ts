import { createHash } from 'node:crypto';
import type { ObjectInfo, ObjectStore, StoredObject } from '#delta/object-store.ts';

/** A store in memory, with all guarantees of the port. `now` stamps writes. */
export function memoryObjectStore(now: () => number = () => 0): ObjectStore & { objects: Map<string, StoredObject> } {
  const objects = new Map<string, StoredObject>();
  let writes = 0;
  const write = (path: string, bytes: Uint8Array) => {
    writes += 1;
    const etag = `"${createHash('md5').update(bytes).update(String(writes)).digest('hex')}"`;
    // Not a Buffer, whose slices are views.
    objects.set(path, { path, bytes: new Uint8Array(bytes), sizeBytes: bytes.length, lastModifiedMs: now(), etag });
  };
  const infoOf = ({ path, sizeBytes, lastModifiedMs, etag }: StoredObject): ObjectInfo => ({
    path,
    sizeBytes,
    lastModifiedMs,
    etag,
  });
  const store: ObjectStore = {
    async read(path) {
      const object = objects.get(path);
      return object && { ...object, bytes: object.bytes.slice() };
    },
    async readRange(path, start, end) {
      return objects.get(path)?.bytes.slice(start, end);
    },
    async head(path) {
      const object = objects.get(path);
      return object && infoOf(object);
    },
    async putIfAbsent(path, bytes) {
      if (objects.has(path)) return 'exists';
      write(path, bytes);
      return 'created';
    },
    async put(path, bytes) {
      write(path, bytes);
    },
    async openUpload(path) {
      let chunks: Uint8Array[] = [];
      return {
        async write(bytes) {
          chunks.push(new Uint8Array(bytes));
        },
        async complete() {
          await store.put(path, Buffer.concat(chunks));
          return (await store.head(path))!;
        },
        completeIfAbsent: () => store.putIfAbsent(path, Buffer.concat(chunks)),
        async abort() {
          chunks = [];
        },
      };
    },
    async *list(prefix, startAfter = '') {
      const order = (left: string, right: string) => Buffer.compare(Buffer.from(left), Buffer.from(right));
      const paths = [...objects.keys()].filter((path) => path.startsWith(prefix) && order(path, startAfter) > 0);
      for (const path of paths.sort(order)) {
        const object = objects.get(path);
        if (object !== undefined) yield infoOf(object);
      }
    },
    async delete(path) {
      objects.delete(path);
    },
    async deleteAll(paths) {
      for (const path of paths) await store.delete(path);
    },
  };
  return { ...store, objects };
}
