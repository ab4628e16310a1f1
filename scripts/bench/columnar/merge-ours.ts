/** Child process: merges the Parquet files of a folder by copying their row groups, some times over. Arguments: the folder, rounds. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileObjectStore } from '#adapters/files/file-object-store.ts';
import { copyRowGroups } from '#columnar/copy/copy-row-groups.ts';
import { findSources } from '#columnar/copy/copy-source.ts';
import { peakMiB } from '../peak-memory.ts';
import { MergeRounds } from './merge-rounds.ts';

const [folder, count] = process.argv.slice(2) as [string, string];
const store = fileObjectStore(folder);
const names = (await readdir(folder)).filter((name) => name.endsWith('.parquet')).sort();
const files = await Promise.all(
  names.map(async (path) => ({
    path,
    sizeBytes: (await stat(join(folder, path))).size,
    readRange: async (start: number, end: number) => (await store.readRange(path, start, end)) as Uint8Array,
  })),
);

const rounds = new MergeRounds();
let merged = { rows: 0, sizeBytes: 0 };
for (let round = 0; round < Number(count); round++) {
  await rm(join(folder, 'merged'), { force: true });
  await rounds.time(async () => {
    const upload = await store.openUpload('merged');
    merged = await copyRowGroups(await findSources(files), upload);
    await upload.complete();
  });
}
console.log(JSON.stringify({ ...rounds.figures(), ...merged, peakMiB: peakMiB() }));
