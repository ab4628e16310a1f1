import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { ObjectInfo, ObjectStore, PutOutcome } from '#delta/object-store.ts';

/** Files in the making carry this name; lists leave them out. */
const unfinished = '.unfinished-';

/**
 * Objects as plain files under the folder `root`. Reads see whole files only: a write goes to a file of its own, which is
 * then linked (if absent) or renamed into place.
 */
export function fileObjectStore(root: string): ObjectStore {
  const fileOf = (path: string) => join(root, ...path.split('/'));

  async function openUnfinished(path: string): Promise<Unfinished> {
    const file = fileOf(path);
    await mkdir(dirname(file), { recursive: true });
    const temporary = join(dirname(file), `${unfinished}${randomUUID()}`);
    return { file, temporary, handle: await open(temporary, 'wx') };
  }

  async function written(path: string, bytes: Uint8Array): Promise<Unfinished> {
    const file = await openUnfinished(path);
    try {
      await file.handle.writeFile(bytes);
    } finally {
      await finish(file);
    }
    return file;
  }

  async function info(path: string): Promise<ObjectInfo | undefined> {
    const stats = await unlessAbsent(stat(fileOf(path), { bigint: true }));
    if (stats === undefined || !stats.isFile()) return undefined;
    const identity = `${stats.ino}-${stats.size}-${stats.mtimeNs}`;
    return {
      path,
      sizeBytes: Number(stats.size),
      lastModifiedMs: Number(stats.mtimeMs),
      etag: `"${createHash('md5').update(identity).digest('hex')}"`,
    };
  }

  return {
    async read(path) {
      const before = await info(path);
      if (before === undefined) return undefined;
      const bytes = await unlessAbsent(readFile(fileOf(path)));
      return bytes && { ...before, bytes: new Uint8Array(bytes), sizeBytes: bytes.length };
    },

    async readRange(path, start, end) {
      const handle = await unlessAbsent(open(fileOf(path), 'r'));
      if (handle === undefined) return undefined;
      try {
        const { size } = await handle.stat();
        const from = start < 0 ? Math.max(0, size + start) : start;
        const length = Math.max(0, Math.min(end ?? size, size) - from);
        // Not filled with zeros first: the file's bytes come over them.
        const { buffer } = Buffer.allocUnsafeSlow(length);
        const { bytesRead } = await handle.read(new Uint8Array(buffer), 0, length, from);
        return new Uint8Array(buffer, 0, bytesRead);
      } finally {
        await handle.close();
      }
    },

    head: info,

    async putIfAbsent(path, bytes) {
      return placeIfAbsent(await written(path, bytes));
    },

    async put(path, bytes) {
      await place(await written(path, bytes));
    },

    async openUpload(path) {
      const file = await openUnfinished(path);
      let open = true;
      const close = async () => {
        if (open) await finish(file);
        open = false;
      };
      return {
        async write(bytes) {
          await file.handle.writeFile(bytes);
        },
        async complete() {
          await close();
          await place(file);
          return (await info(path))!;
        },
        async completeIfAbsent() {
          await close();
          return placeIfAbsent(file);
        },
        async abort() {
          await close();
          await rm(file.temporary, { force: true });
        },
      };
    },

    async *list(prefix, startAfter = '') {
      const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
      const entries = await unlessAbsent(readdir(fileOf(folder), { recursive: true, withFileTypes: true }));
      const paths = (entries ?? [])
        .filter((entry) => entry.isFile() && !entry.name.startsWith(unfinished))
        .map((entry) => join(entry.parentPath, entry.name).slice(join(root, sep).length).split(sep).join('/'))
        .filter((path) => path.startsWith(prefix) && compareBytes(path, startAfter) > 0);
      for (const path of paths.sort(compareBytes)) {
        const found = await info(path);
        if (found !== undefined) yield found;
      }
    },

    async delete(path) {
      await rm(fileOf(path), { force: true });
    },

    async deleteAll(paths) {
      for (const path of paths) await rm(fileOf(path), { force: true });
    },
  };
}

/** A file in the making, beside its place. */
interface Unfinished {
  file: string;
  temporary: string;
  handle: FileHandle;
}

/** Closes it once it is durable. */
async function finish({ handle }: Unfinished): Promise<void> {
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const place = ({ file, temporary }: Unfinished): Promise<void> => rename(temporary, file);

async function placeIfAbsent({ file, temporary }: Unfinished): Promise<PutOutcome> {
  try {
    await link(temporary, file);
    return 'created';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return 'exists';
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

const compareBytes = (left: string, right: string): number => Buffer.compare(Buffer.from(left), Buffer.from(right));

async function unlessAbsent<Value>(work: Promise<Value>): Promise<Value | undefined> {
  try {
    return await work;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
