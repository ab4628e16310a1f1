import type { Bucket, File } from '@google-cloud/storage';
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
        const content = await unlessAbsent(file.download({ validation: false }));
        if (content !== undefined) return { ...info, bytes: new Uint8Array(content[0]) };
      }
    },

    async readRange(path, start, end) {
      if (end !== undefined && end <= start && start >= 0) return new Uint8Array();
      const from = start >= 0 ? start : await startFromEnd(await head(path), start);
      if (from === undefined) return undefined;
      const range = end === undefined || start < 0 ? { start: from } : { start: from, end: end - 1 };
      const content = await unlessAbsent(at(path).download({ ...range, validation: false }));
      return content && new Uint8Array(content[0]);
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
