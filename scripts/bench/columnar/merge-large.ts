/**
 * Child process: merges as many times the bytes of one Parquet file as are asked for, read in ranges and sent as S3 gets them, to a
 * client that takes every part and keeps none. Arguments: the file, how many times.
 */
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { s3Upload } from '#adapters/aws/s3-upload.ts';
import { fileObjectStore } from '#adapters/files/file-object-store.ts';
import { copyRowGroups } from '#columnar/copy/copy-row-groups.ts';
import { findSources } from '#columnar/copy/copy-source.ts';
import { peakMiB } from '../peak-memory.ts';
import { MergeRounds } from './merge-rounds.ts';

const [file, times] = process.argv.slice(2) as [string, string];
const store = fileObjectStore(dirname(file));
const sizeBytes = (await stat(file)).size;
const files = Array.from({ length: Number(times) }, () => ({
  path: basename(file),
  sizeBytes,
  readRange: async (start: number, end: number) => (await store.readRange(basename(file), start, end)) as Uint8Array,
}));

let parts = 0;
const client = new S3Client({ region: 'eu-central-1', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } });
client.middlewareStack.add(
  () => async () => {
    parts += 1;
    await new Promise((resolve) => setImmediate(resolve));
    return { output: { $metadata: {}, UploadId: 'upload', ETag: `"${parts}"`, ContentLength: 0 }, response: undefined };
  },
  { step: 'initialize', priority: 'high' },
);

const beforeMiB = peakMiB();
const rounds = new MergeRounds();
let merged = { rows: 0, sizeBytes: 0 };
for (let round = 0; round < 2; round++) {
  await rounds.time(async () => {
    const upload = s3Upload(client, { Bucket: 'lake', Key: 'merged' }, 'merged');
    merged = await copyRowGroups(await findSources(files), upload);
    await upload.complete();
  });
}
console.log(JSON.stringify({ ...rounds.figures(), ...merged, beforeMiB, peakMiB: peakMiB() }));
