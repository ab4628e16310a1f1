import type { EventEmitter } from 'node:events';
import { buffer } from 'node:stream/consumers';
import type { Bucket, CreateReadStreamOptions, File } from '@google-cloud/storage';
import type { ObjectInfo, ObjectStore } from '#delta/object-store.ts';
import { deleteInOrder } from '../lake/delete-in-order.ts';
import { infoOf, outcomeOf, unlessAbsent } from './gcs-answers.ts';
import { gcsUpload } from './gcs-upload.ts';
import { saveWhole } from './save-whole.ts';

/**
 * Objects under `prefix` (such as `tables/x`, without a trailing slash; empty for the whole bucket) of one bucket. Google Cloud
 * Storage reads and lists what was written before, and lists in the order of UTF-8 bytes.
 */
export function gcsObjectStore(bucket: Bucket, prefix: string): ObjectStore {
  const root = prefix === '' ? '' : `${prefix}/`;
  const at = (path: string): File => bucket.file(root + path);

  const head = async (path: string): Promise<ObjectInfo | undefined> => {
    const answer = await unlessAbsent(at(path).getMetadata());
    return answer && infoOf(path, answer[0]);
  };

  return {
    async read(path) {
      /** Of one generation: where another takes its place in between, that one is read. */
      for (;;) {
        const info = await head(path);
        if (info === undefined) return undefined;
        const file = bucket.file(root + path, { generation: info.etag });
        const bytes = await unlessAbsent(contentOf(file));
        if (bytes !== undefined) return { ...info, bytes };
      }
    },

    async readRange(path, start, end) {
      if (end !== undefined && end <= start && start >= 0) return new Uint8Array();
      const from = start >= 0 ? start : await startFromEnd(await head(path), start);
      if (from === undefined) return undefined;
      const range = end === undefined || start < 0 ? { start: from } : { start: from, end: end - 1 };
      return unlessAbsent(contentOf(at(path), range));
    },

    head,

    putIfAbsent: (path, bytes) => outcomeOf(saveWhole(at(path), bytes, true)),

    put: (path, bytes) => saveWhole(at(path), bytes, false),

    openUpload: async (path) => gcsUpload(bucket, root + path, path),

    async *list(listPrefix, startAfter) {
      const from = startAfter === undefined ? {} : { startOffset: root + startAfter };
      let pageToken: string | undefined;
      do {
        const [files, next] = (await bucket.getFiles({
          prefix: root + listPrefix,
          autoPaginate: false,
          ...from,
          ...(pageToken === undefined ? {} : { pageToken }),
        })) as [File[], { pageToken?: string } | null, unknown];
        for (const { name, metadata } of files) {
          const path = name.slice(root.length);
          if (path !== startAfter) yield infoOf(path, metadata);
        }
        pageToken = next?.pageToken;
      } while (pageToken !== undefined);
    },

    async delete(path) {
      await at(path).delete({ ignoreNotFound: true });
    },

    deleteAll: (paths) => deleteInOrder(paths, (path) => at(path).delete({ ignoreNotFound: true })),
  };
}

const startFromEnd = (info: ObjectInfo | undefined, start: number): number | undefined =>
  info && Math.max(0, info.sizeBytes + start);

/** More than what the client listens to on the answer by itself, which is more than Node takes for sound. */
const mostListeners = 20;

async function contentOf(file: File, range: Pick<CreateReadStreamOptions, 'start' | 'end'> = {}): Promise<Uint8Array> {
  const content = file.createReadStream({ ...range, validation: false });
  content.once('response', ({ body }: { body: EventEmitter }) => body.setMaxListeners(mostListeners));
  return new Uint8Array(await buffer(content));
}
