import type { BlobItem, ContainerClient, ContainerListBlobsOptions } from '@azure/storage-blob';
import { expect, test } from 'vitest';
import { azureObjectStore } from '#adapters/azure/azure-object-store.ts';

const blob = (name: string, contentLength: number, metadata: Record<string, string> = {}) =>
  ({
    name,
    metadata,
    properties: { contentLength, lastModified: new Date(1_000), etag: '0x1' },
  }) as unknown as BlobItem;

/** A container of an account with a hierarchical namespace, as its lists are: folders are blobs of no bytes. */
const container = {
  async *listBlobsFlat({ prefix = '', includeMetadata = false }: ContainerListBlobsOptions) {
    const folder = { hdi_isfolder: 'true' };
    const blobs = [
      blob('tables', 0, folder),
      blob('tables/clicks', 0, folder),
      blob('tables/clicks/_delta_log', 0, folder),
      blob('tables/clicks/_delta_log/00000000000000000000.json', 10),
      blob('tables/clicks/day=2026-11-21', 0, folder),
      blob('tables/clicks/day=2026-11-21/part-1.parquet', 20),
      blob('tables/clicks/empty', 0),
    ];
    for (const { metadata, ...rest } of blobs) {
      if (rest.name.startsWith(prefix)) yield { ...rest, ...(includeMetadata ? { metadata } : {}) };
    }
  },
} as unknown as ContainerClient;

test('folders of an account with a hierarchical namespace are no objects: a vacuum would delete them', async () => {
  const store = azureObjectStore(container, 'tables/clicks');
  const listed = await Array.fromAsync(store.list(''), ({ path }) => path);
  expect(listed).toEqual(['_delta_log/00000000000000000000.json', 'day=2026-11-21/part-1.parquet', 'empty']);
});
