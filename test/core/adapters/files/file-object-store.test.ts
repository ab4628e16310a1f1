import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { fileObjectStore } from '#adapters/files/file-object-store.ts';
import { objectStoreContract } from '../../../support/object-store-contract.ts';

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

objectStoreContract('a folder of files', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'alluvium-files-'));
  folders.push(folder);
  return fileObjectStore(folder);
});
