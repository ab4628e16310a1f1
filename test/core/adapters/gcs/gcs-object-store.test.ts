import { Readable } from 'node:stream';
import type { Bucket } from '@google-cloud/storage';
import { expect, test } from 'vitest';
import { gcsObjectStore } from '#adapters/gcs/gcs-object-store.ts';

test('an object that is overwritten while it is read is read as it is then, not absent', async () => {
  let generation = 1;
  const file = (_: string, { generation: wanted }: { generation?: string } = {}) => ({
    getMetadata: async () => [{ size: 1, updated: '2026-01-01T00:00:00Z', generation: String(generation) }],
    createReadStream() {
      if (generation === 1) generation = 2;
      if (wanted === String(generation)) return Readable.from([Buffer.from('2')]);
      const absent = Object.assign(new Error('no such generation'), { code: 404 });
      return new Readable({ read: () => undefined }).destroy(absent);
    },
  });
  const store = gcsObjectStore({ file } as unknown as Bucket, 'tables/t');
  expect(await store.read('_delta_log/_last_checkpoint')).toMatchObject({ etag: '2', sizeBytes: 1 });
});
