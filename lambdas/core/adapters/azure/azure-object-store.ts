import { buffer } from 'node:stream/consumers';
import type { BlobDownloadResponseParsed, BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import type { ObjectInfo, ObjectStore } from '#delta/object-store.ts';
import { deleteInOrder } from '../lake/delete-in-order.ts';
import { inUtf8Order, pathsAfter } from '../lake/utf8-order.ts';
import { infoOf, outcomeOf, unlessAbsent } from './azure-answers.ts';
import { azureUpload } from './azure-upload.ts';

/**
 * Blobs under `prefix` (such as `tables/x`, without a trailing slash; empty for the whole container) of one container. Azure Blob
 * Storage reads and lists what was written before.
 */
export function azureObjectStore(container: ContainerClient, prefix: string): ObjectStore {
  const root = prefix === '' ? '' : `${prefix}/`;
  const at = (path: string): BlockBlobClient => container.getBlockBlobClient(root + path);

  const head = async (path: string): Promise<ObjectInfo | undefined> => {
    const properties = await unlessAbsent(at(path).getProperties());
    return properties && infoOf(path, properties);
  };

  return {
    async read(path) {
      const output = await unlessAbsent(at(path).download());
      return output && { ...infoOf(path, output), bytes: await bytesOf(output) };
    },

    async readRange(path, start, end) {
      if (end !== undefined && end <= start && start >= 0) return new Uint8Array();
      if (start >= 0) return rangeOf(at(path), start, end === undefined ? undefined : end - start);
      /** Ranges from the end are not known here. */
      const info = await head(path);
      return info && rangeOf(at(path), Math.max(0, info.sizeBytes + start));
    },

    head,

    putIfAbsent: (path, bytes) => outcomeOf(at(path).upload(bytes, bytes.length, { conditions: { ifNoneMatch: '*' } })),

    async put(path, bytes) {
      await at(path).upload(bytes, bytes.length);
    },

    openUpload: async (path) => azureUpload(at(path), path),

    async *list(listPrefix, startAfter) {
      const listed = async function* (): AsyncGenerator<ObjectInfo> {
        const blobs = container.listBlobsFlat({ prefix: root + listPrefix, includeMetadata: true });
        for await (const { name, properties, metadata } of blobs) {
          if (!isFolder(metadata)) yield infoOf(name.slice(root.length), properties);
        }
      };
      yield* pathsAfter(inUtf8Order(listed()), startAfter);
    },

    async delete(path) {
      await at(path).deleteIfExists();
    },

    deleteAll: (paths) => deleteInOrder(paths, (path) => at(path).deleteIfExists()),
  };
}

/** Accounts with a hierarchical namespace (Data Lake Storage) list folders among blobs, which are marked so. */
const isFolder = (metadata: Readonly<Record<string, string>> = {}): boolean =>
  Object.entries(metadata).some(([key, value]) => key.toLowerCase() === 'hdi_isfolder' && value === 'true');

async function rangeOf(blob: BlockBlobClient, start: number, count?: number): Promise<Uint8Array | undefined> {
  const output = await unlessAbsent(blob.download(start, count));
  return output && bytesOf(output);
}

const bytesOf = async ({ readableStreamBody }: BlobDownloadResponseParsed): Promise<Uint8Array> =>
  new Uint8Array(await buffer(readableStreamBody as NodeJS.ReadableStream));
