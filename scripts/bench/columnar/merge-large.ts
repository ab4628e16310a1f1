/**
 * Child process: merges as many times the bytes of one object as are asked for, read in ranges and sent in parts, by HTTP both, as the
 * functions that copy files do it. Arguments: S3's endpoint, the object's bytes, how many times, how many merges.
 */
import { S3Client } from '@aws-sdk/client-s3';
import { holdLittle } from '#adapters/aws/process-memory.ts';
import { s3ObjectStore } from '#adapters/aws/s3-object-store.ts';
import { copyRowGroups } from '#columnar/copy/copy-row-groups.ts';
import { findSources } from '#columnar/copy/copy-source.ts';
import { peakMiB } from '../peak-memory.ts';

const [endpoint, size, times, merges] = process.argv.slice(2) as [string, string, string, string];
holdLittle();
const client = new S3Client({
  region: 'eu-central-1',
  endpoint,
  forcePathStyle: true,
  credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
});
const store = s3ObjectStore(client, 'lake', '');
const path = 'part.parquet';
const files = Array.from({ length: Number(times) }, () => ({
  path,
  sizeBytes: Number(size),
  readRange: async (start: number, end: number) => (await store.readRange(path, start, end)) as Uint8Array,
}));
await store.readRange(path, 0, 4);

const beforeMiB = peakMiB();
const cpuBefore = process.cpuUsage();
let merged = { rows: 0, sizeBytes: 0 };
for (let merge = 0; merge < Number(merges); merge++) {
  const upload = await store.openUpload('merged');
  merged = await copyRowGroups(await findSources(files), upload);
  await upload.complete();
}
const { user, system } = process.cpuUsage(cpuBefore);
console.log(JSON.stringify({ ...merged, cpuS: (user + system) / 1e6, beforeMiB, peakMiB: peakMiB() }));
